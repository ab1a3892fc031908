"""The samples of a JSON Lines file in another order, copied as bytes: nothing is parsed, so nothing can change.

A sample is a line that is not blank, as in an import, and its position counts such lines from 0. The file is indexed once, by its
newlines, and then gathered block after block straight from memory-mapped pages.
"""

import mmap
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from gradatim.errors import UserError

#: Bytes that are searched, or gathered, at a time: few enough to stay in a processor's cache.
PIECE = 1 << 20
#: Samples whose pages are fetched together, in the order in which they lie on the disk.
FETCHED = 1 << 16
_NEWLINE = 10
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True, slots=True)
class Lines:
    """An indexed file: ``data`` uint8 (bytes,); line i is ``data[offsets[i] : offsets[i + 1]]``, with its newline.

    ``samples`` are the numbers of the lines that are samples, None where all are. ``unended`` is the line, always the last, that lacks
    its newline; -1 is none.
    """

    data: np.ndarray
    offsets: np.ndarray
    samples: np.ndarray | None
    unended: int

    def __len__(self) -> int:
        return len(self.offsets) - 1 if self.samples is None else len(self.samples)


def index(path: Path) -> Lines:
    """Where the lines of a file are; ``UserError`` for what cannot be read, or is compressed."""
    data = _mapped(path)
    start = len(_BYTE_ORDER_MARK) if data[:3].tobytes() == _BYTE_ORDER_MARK else 0
    ends = [np.flatnonzero(data[at : at + PIECE] == _NEWLINE) + (at + 1) for at in range(0, len(data), PIECE)]
    offsets = np.concatenate([[start], *ends]).astype(np.int64, copy=False)
    unended = -1
    if offsets[-1] < len(data):
        unended = len(offsets) - 1
        offsets = np.append(offsets, len(data))
    blank = _blank(data, offsets)
    samples = np.delete(np.arange(len(offsets) - 1), blank) if blank else None
    return Lines(data, offsets, samples, unended)


def write(lines: Lines, order: np.ndarray, path: Path) -> Iterator[int]:
    """Write the samples at the positions of ``order`` to ``path``, a line each; yields how many are written so far.

    A position may be left out, or come again. The file appears under its name complete and on the disk, or not at all.
    """
    order = checked(order, len(lines))
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb", buffering=0) as file:
            yield from _copied(lines, order, file)
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.", field="out") from None
    finally:
        beside.unlink(missing_ok=True)


def checked(order: np.ndarray, samples: int) -> np.ndarray:
    """The order itself, where it is whole numbers from 0 to ``samples`` - 1 in one dimension; ``UserError`` otherwise."""
    if order.dtype.kind not in "iu" or order.ndim != 1:
        raise UserError(
            f"An order is a column of whole numbers, and this is {order.dtype} of {order.ndim} dimensions.",
            field="order",
        )
    if len(order) and int(order.min()) < 0:
        raise UserError(f"Positions count from 0, and the order holds {int(order.min())}.", field="order")
    if len(order) and int(order.max()) >= samples:
        raise UserError(
            f"The order holds the position {int(order.max())}, and there are {samples} samples: it was made for other data.",
            field="order",
        )
    return order


def _mapped(path: Path) -> np.ndarray:
    if not path.exists():
        raise UserError(f"There is no file {path}.", field="data")
    if not path.is_file():  # a pipe has no places to go back to
        raise UserError(f"{path} is no file of lines.", field="data")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b"", np.uint8)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.", field="data") from None
    if data[:4].tobytes().startswith(_COMPRESSED):
        raise UserError(f"{path} is compressed: decompress it first.", field="data")
    return data


def _blank(data: np.ndarray, offsets: np.ndarray) -> list[int]:
    """Lines of white space alone. Few lines begin with any, and only those are looked at one by one."""
    first = data[offsets[:-1]]
    suspects = np.flatnonzero((first == ord(" ")) | ((first >= ord("\t")) & (first <= ord("\r"))))
    return [i for i in suspects.tolist() if not data[offsets[i] : offsets[i + 1]].tobytes().strip()]


def _copied(lines: Lines, order: np.ndarray, file) -> Iterator[int]:
    for gathered, done in _one_ahead(_gathered(lines, order)):
        start = file.tell()
        for part in gathered:
            while part:
                part = part[file.write(part) :]
        # the disk begins with what is written while the next is gathered, instead of waiting for the end
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), start, file.tell() - start, os.POSIX_FADV_DONTNEED)
        yield done


def _gathered(lines: Lines, order: np.ndarray) -> Iterator[tuple[list[memoryview], int]]:
    """Bytes of about PIECE in the order, and up to which of its samples they go."""
    buffers = [None, pa.py_buffer(lines.offsets), pa.py_buffer(lines.data)]
    column = pa.Array.from_buffers(pa.large_binary(), len(lines.offsets) - 1, buffers)
    done = 0
    for start in range(0, len(order), FETCHED):
        wanted = order[start : start + FETCHED].astype(np.int64)
        if lines.samples is not None:
            wanted = lines.samples[wanted]
        lines.data[np.sort(lines.offsets[wanted])]  # a disk reads forwards faster than here and there
        for part in _pieces(lines.offsets, wanted):
            done += len(part)
            yield _with_newlines(column.take(pa.array(part)), np.flatnonzero(part == lines.unended)), done


def _pieces(offsets: np.ndarray, wanted: np.ndarray) -> list[np.ndarray]:
    """The wanted lines in runs of about PIECE bytes, of one line at least."""
    ends = np.cumsum(offsets[wanted + 1] - offsets[wanted])
    return np.split(wanted, np.flatnonzero(np.diff(ends // PIECE)) + 1)


def _with_newlines(taken: pa.LargeBinaryArray, unended: np.ndarray) -> list[memoryview]:
    """The bytes of all lines, with a newline after each of those at the places ``unended``."""
    _, offsets, data = taken.buffers()
    ends = np.frombuffer(offsets, np.int64)[1 : len(taken) + 1]
    view = memoryview(data)
    cuts = [0, *ends[unended].tolist(), int(ends[-1])]
    parts = [view[start:stop] for start, stop in pairwise(cuts)]
    return [piece for part in parts[:-1] for piece in (part, memoryview(b"\n"))] + parts[-1:]


def _one_ahead(items: Iterator) -> Iterator:
    """The same items, each made by a second thread while the one before is in use."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item

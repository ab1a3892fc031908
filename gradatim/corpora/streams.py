"""Files as streams: decompression with a cap, and lines in large blocks with their numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from gradatim.corpora.rows import MAX_BYTES, BadRows
from gradatim.errors import UserError

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
BLOCK = 4 << 20
#: A compressed file may grow to FREE bytes, or to RATIO times its size: text compresses 3 to 20 times.
FREE = 256 << 20
RATIO = 200


@dataclass(frozen=True, slots=True)
class File:
    """A file and the name that its owner gave it: the name decides format and compression, and is what errors say."""

    path: Path
    name: str

    @property
    def compression(self) -> str | None:
        return COMPRESSIONS.get(Path(self.name.lower()).suffix)

    @property
    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            raise UserError(f"The file {self.name} cannot be found.", field="source.path") from None


class Stream:
    """Decompressed bytes of a file; ``done`` is how many of its stored bytes were read."""

    def __init__(self, file: File, raw: BinaryIO):
        self.name = file.name
        self._raw = raw
        self._compressed = file.compression is not None
        self._source = pa.CompressedInputStream(pa.PythonFile(raw, "r"), file.compression) if self._compressed else raw
        self._left = max(FREE, RATIO * file.size)

    @property
    def done(self) -> int:
        return self._raw.tell()

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, none at the end. ``UserError``: damaged, cut off, or far larger than it looked."""
        try:
            data = self._source.read(size)
        except (OSError, pa.ArrowException) as error:
            raise UserError(f"{self.name} is damaged or cut off: {error}.", field="source.path") from None
        if self._compressed:
            self._left -= len(data)
            if self._left < 0:
                raise UserError(
                    f"{self.name} is more than {RATIO} times larger when it is decompressed: decompress it yourself first.",
                    field="source.path",
                )
        return data


@contextmanager
def open_stream(file: File) -> Iterator[Stream]:
    try:
        raw = file.path.open("rb")
    except OSError as error:
        raise UserError(f"The file {file.name} cannot be opened: {error.strerror}.", field="source.path") from None
    with raw:
        yield Stream(file, raw)


def line_blocks(stream: Stream, bad: BadRows) -> Iterator[tuple[int, list[bytes]]]:
    """(number of the first line, lines without their newline) for block after block; numbers count from one.

    A line of more than 16 MB is a bad row; its place in the block is taken by an empty line.
    """
    carry, number, overlong = b"", 1, False
    reason = f"the line is longer than {MAX_BYTES >> 20} MB"
    while data := stream.read(BLOCK):
        lines = data.split(b"\n")
        if number == 1 and not carry:
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        lines[0] = carry + lines[0]
        carry = lines.pop()
        if lines and (overlong or len(lines[0]) > MAX_BYTES):
            bad.add(number, reason)
            lines[0], overlong = b"", False
        if overlong or len(carry) > MAX_BYTES:
            carry, overlong = b"", True
        if lines:
            yield number, lines
            number += len(lines)
    if overlong:
        bad.add(number, reason)
    elif carry:
        yield number, [carry]

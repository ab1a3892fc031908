"""A chunk's four columns as bytes, exactly, in three to six bytes a point.

Each column becomes 64-bit integers that are small or alike (differences of steps and tokens, of milliseconds where the
times are such, of bit patterns otherwise), their bytes are transposed so that alike bytes stand together, and zstd packs
what is left. Layout: one version byte, one for the way of the times, then one zstd frame of the columns in order.
"""

import threading
from dataclasses import dataclass

import numpy as np
import zstandard

VERSION = 1
LEVEL = 3
CHUNK = 1024
# How times were made into integers.
MILLISECONDS, BITS = 0, 1

_local = threading.local()


@dataclass(frozen=True, slots=True)
class Columns:
    """Points of one series in step order: ``steps`` and ``tokens`` int64, ``times`` (seconds) and ``values`` float64."""

    steps: np.ndarray
    tokens: np.ndarray
    times: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.steps)

    def take(self, index) -> "Columns":
        return Columns(self.steps[index], self.tokens[index], self.times[index], self.values[index])

    @classmethod
    def of(cls, steps, tokens, times, values) -> "Columns":
        """From any four sequences; ``ValueError`` where their lengths differ."""
        columns = [np.asarray(a, t) for a, t in ((steps, "i8"), (tokens, "i8"), (times, "f8"), (values, "f8"))]
        if any(c.ndim != 1 or len(c) != len(columns[0]) for c in columns):
            raise ValueError("steps, tokens, times and values are four one-dimensional arrays of one length")
        return cls(*columns)

    @classmethod
    def joined(cls, parts: list["Columns"]) -> "Columns":
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.of([], [], [], [])
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in cls.__slots__))


def encode(columns: Columns) -> bytes:
    """The bytes of at least one point."""
    time_way, times = _times(columns.times)
    integers = np.empty((4, len(columns)), "<i8")
    integers[0], integers[1] = _differences(columns.steps), _differences(columns.tokens)
    integers[2], integers[3] = times, columns.values.view("i8")
    transposed = integers.view("u1").reshape(4, -1, 8).transpose(0, 2, 1)
    return bytes((VERSION, time_way)) + _tool("packer").compress(np.ascontiguousarray(transposed))


def decode(data: bytes) -> Columns:
    """What :func:`encode` was given, bit for bit; ``ValueError`` for another version's bytes."""
    if data[0] != VERSION:
        raise ValueError(f"metric chunk of version {data[0]}: this program reads version {VERSION}")
    raw = np.frombuffer(_tool("unpacker").decompress(memoryview(data)[2:]), "u1")
    integers = np.ascontiguousarray(raw.reshape(4, 8, -1).transpose(0, 2, 1)).view("<i8")[:, :, 0]
    steps, tokens = np.cumsum(integers[:2], axis=1)
    times = integers[2].view("f8") if data[1] == BITS else np.cumsum(integers[2]) / 1000.0
    return Columns(steps, tokens, times, integers[3].view("f8"))


def _differences(column: np.ndarray) -> np.ndarray:
    differences = np.empty_like(column)
    differences[0] = column[0]
    np.subtract(column[1:], column[:-1], out=differences[1:])
    return differences


def _times(times: np.ndarray) -> tuple[int, np.ndarray]:
    """Times that were written with three decimals are milliseconds; any others keep their bits."""
    with np.errstate(invalid="ignore", over="ignore"):
        whole = np.rint(times * 1000.0)
        if np.all(np.abs(whole) < 2**52) and np.array_equal(whole / 1000.0, times) and not np.any(np.signbit(times)):
            return MILLISECONDS, _differences(whole.astype("i8"))
    return BITS, times.view("i8")


def _tool(name: str):
    """zstd contexts are dear to make and not to be shared by threads."""
    tool = getattr(_local, name, None)
    if tool is None:
        tool = zstandard.ZstdCompressor(level=LEVEL) if name == "packer" else zstandard.ZstdDecompressor()
        setattr(_local, name, tool)
    return tool

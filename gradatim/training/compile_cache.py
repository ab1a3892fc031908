"""The compiler's cache of this machine: a library that a killed process left half written would fail every later run."""

import contextlib
import os
import struct
import sys
import time
from pathlib import Path

#: A linker that is alive writes on; what nobody has written to for so many seconds is finished, or never will be.
STILL = 3.0
#: Of a 64-bit ELF file (System V ABI, ELF-64 object file format): where its section table begins, an entry's size, their number.
_HEAD, _TABLE = 64, "<40xQ10xHHH"


def mend() -> list[Path]:
    """Remove half-written libraries from the cache of ``torch.compile``, waiting for those that are being written; which they were."""
    if sys.platform != "linux":
        return []
    # Nothing public tells where it is: a variable may, or the name of the user.
    from torch._inductor.codecache import cache_dir  # noqa: PLC2701

    return clear(Path(cache_dir()))


def clear(folder: Path) -> list[Path]:
    """:func:`mend` for one folder."""
    removed = []
    for path in folder.rglob("*.so"):
        with contextlib.suppress(FileNotFoundError):  # another run mends it, too
            while not is_whole(path):
                if (left := path.stat().st_mtime + STILL - time.time()) <= 0:
                    path.unlink()
                    removed.append(path)
                    break
                time.sleep(min(left, STILL))
    return removed


def is_whole(path: Path) -> bool:
    """Whether an ELF file is as long as its own head says; its section table comes last. Other kinds of file are let be."""
    with path.open("rb") as file:
        head, size = file.read(_HEAD), os.fstat(file.fileno()).st_size
    if len(head) < _HEAD or not head.strip(b"\0"):
        return False
    if head[:5] != b"\x7fELF\x02":
        return True
    table, entry, count, _ = struct.unpack(_TABLE, head)
    return table > 0 and table + entry * count <= size

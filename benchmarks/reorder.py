"""What it costs to write a million samples of about 1 KB in an order, against writing the same bytes as they come.

Both end with the file on the disk (fsync). The order is a random permutation, the hardest one to read for. The time is of the library:
index of the lines, gathering, writing; that of the whole command stands below. The base is the faster of two plain writers of 1 MiB pieces: one
leaves the start to the system, the other sends each piece to the disk at once, as the library does. All take turns; figures are medians.
The bytes must be those of splitting the file into lines and joining them in the order.

    python benchmarks/reorder.py [--samples 1000000] [--rounds 3] [--folder FOLDER]
"""

import argparse
import hashlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SHARE = 0.6
PIECE = 1 << 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="on the disk to be measured; otherwise where temporary files go")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        return measure(Path(folder), args.samples, args.rounds)


def measure(folder: Path, samples: int, rounds: int) -> int:
    import numpy as np

    from benchmarks import made, measuring

    source, target = folder / "samples.jsonl", folder / "out.jsonl"
    made.json_lines(source, samples)
    order = np.random.default_rng(1).permutation(samples).astype(np.uint32)
    np.save(folder / "order.npy", order)
    words = ["-m", "gradatim", "reorder", "--data", source, "--order", folder / "order.npy", "--out", target]
    ways = {
        "plain": lambda: plain(source, target, at_once=False),
        "plain, at once": lambda: plain(source, target, at_once=True),
        "in order": lambda: in_order(source, order, target),
        "whole command": lambda: measuring.python(*words),
    }
    size, times, equal, peak = source.stat().st_size, {name: [] for name in ways}, True, 0
    expected = naive(source, order)
    for _ in range(rounds):
        for name, write in ways.items():
            target.unlink(missing_ok=True)
            os.sync()
            started = time.perf_counter()
            ran = write()
            times[name].append(time.perf_counter() - started)
            if ran:
                peak = ran.peak
            if name in ("in order", "whole command"):
                equal &= digest(target) == expected
    median = {name: statistics.median(taken) for name, taken in times.items()}
    base = min(median["plain"], median["plain, at once"])
    print(f"{samples} samples, {size / 1e6:.0f} MB, median of {rounds} rounds; peak memory of the command {peak / 1e6:.0f} MB, "
          "mapped pages of the source included")  # fmt: skip
    rows = [(k, f"{v:.2f} s", f"{size / v / 1e6:.0f} MB/s", f"{base / v:.2f}") for k, v in median.items()]
    measuring.table(("", "median", "speed", "of plain"), rows)
    reached = base / median["in order"]
    return measuring.verdict(
        [
            ("the bytes are those of sorting the lines and writing them", equal),
            (
                f"samples are written in order at {reached:.0%} of the disk's speed, promised {SHARE:.0%}",
                reached >= SHARE,
            ),
        ]
    )


def plain(source: Path, target: Path, at_once: bool) -> None:
    with source.open("rb", buffering=0) as data, target.open("wb", buffering=0) as file:
        buffer = memoryview(bytearray(PIECE))
        done = 0
        while size := data.readinto(buffer):
            file.write(buffer[:size])
            if at_once:
                os.posix_fadvise(file.fileno(), done, size, os.POSIX_FADV_DONTNEED)
            done += size
        os.fsync(file.fileno())


def in_order(source: Path, order, target: Path) -> None:
    from gradatim.corpora import ordered

    for _ in ordered.write(ordered.index(source), order, target):
        pass


def naive(source: Path, order) -> str:
    lines = source.read_bytes().split(b"\n")
    found = hashlib.sha256()
    for start in range(0, len(order), 4096):
        found.update(b"".join([lines[i] + b"\n" for i in order[start : start + 4096].tolist()]))
    return found.hexdigest()


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())

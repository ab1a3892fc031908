"""What a bare ``python -m gradatim order METHOD`` costs on a million float32 scores, against numpy alone.

The base is a process that loads the scores, argsorts them stably and saves the result. Base and orderings take turns, so that a busy
machine slows all of them; the figures are medians. The order of `sorting` must equal the base's exactly.

    python benchmarks/order_cli.py [--samples 1000000] [--rounds 9]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
BASE = "import sys, numpy as np; np.save(sys.argv[2], np.argsort(np.load(sys.argv[1]), kind='stable'))"
LIMIT = 1.5


def main() -> int:
    import numpy as np

    from gradatim import registry

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    methods = registry.names("orderings")
    times = {name: [] for name in ("numpy", *methods)}
    with tempfile.TemporaryDirectory() as folder:
        scores = Path(folder, "scores.npy")
        values = np.random.default_rng(0).normal(size=args.samples).astype(np.float32)
        np.save(scores, values)
        for round_ in range(args.rounds + 1):
            for name in times:
                seconds = timed(command(name, scores, Path(folder, f"{name}.npy")))
                if round_:  # the first round warms the file cache
                    times[name].append(seconds)
        equal = np.array_equal(np.load(Path(folder, "numpy.npy")), np.load(Path(folder, "sorting.npy")))
        if not equal:
            print("The order of sorting differs from numpy's stable argsort.")
        for name in methods:
            order = np.load(Path(folder, f"{name}.npy"))
            if order.dtype != np.uint32 or not np.array_equal(np.sort(order), np.arange(args.samples)):
                print(f"The order of {name} is no permutation.")
                equal = False
    base = statistics.median(times["numpy"])
    print(f"{args.samples} samples, median of {args.rounds} rounds; limit {LIMIT} times numpy")
    print(f"{'':<10}{'median':>9}{'least':>9}{'ratio':>8}")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:<10}{median * 1e3:>6.0f} ms{min(taken) * 1e3:>6.0f} ms{median / base:>8.2f}")
    return 0 if equal and all(statistics.median(times[name]) <= LIMIT * base for name in methods) else 1


def command(name: str, scores: Path, out: Path) -> list[str]:
    if name == "numpy":
        return [sys.executable, "-c", BASE, str(scores), str(out)]
    return [sys.executable, "-m", "gradatim", "order", name, "--scores", str(scores), "--out", str(out)]


def timed(words: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    raise SystemExit(main())

"""What a bare ``python -m gradatim order METHOD`` costs on a million float32 scores, against numpy alone.

The base is a process that loads the scores, argsorts them stably and saves the result. Base and orderings take turns, so that a busy
machine slows all of them; the figures are medians. The order of `sorting` must equal the base's exactly, and every other be one. Memory is the
largest peak of a whole process.

    python benchmarks/order_cli.py [--samples 1000000] [--rounds 9]
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
BASE = "import sys, numpy as np; np.save(sys.argv[2], np.argsort(np.load(sys.argv[1]), kind='stable'))"
LIMIT = 1.5


def main() -> int:
    import numpy as np

    from benchmarks import measuring
    from gradatim import registry

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    methods = registry.names("orderings")
    times, peaks = {name: [] for name in ("numpy", *methods)}, dict.fromkeys(("numpy", *methods), 0)
    with tempfile.TemporaryDirectory() as folder:
        scores = Path(folder, "scores.npy")
        np.save(scores, np.random.default_rng(0).normal(size=args.samples).astype(np.float32))
        for round_ in range(args.rounds + 1):
            for name in times:
                ran = measuring.python(*command(name, scores, Path(folder, f"{name}.npy")))
                peaks[name] = max(peaks[name], ran.peak)
                if round_:  # the first round warms the file cache
                    times[name].append(ran.seconds)
        equal = np.array_equal(np.load(Path(folder, "numpy.npy")), np.load(Path(folder, "sorting.npy")))
        wrong = [name for name in methods if not is_order(name, np.load(Path(folder, f"{name}.npy")), args.samples)]
    median = {name: statistics.median(taken) for name, taken in times.items()}
    base = median["numpy"]
    print(f"{args.samples} samples, median of {args.rounds} rounds")
    rows = [
        (k, f"{1e3 * v:.0f} ms", f"{1e3 * min(times[k]):.0f} ms", f"{v / base:.2f}", f"{peaks[k] / 1e6:.0f} MB")
        for k, v in median.items()
    ]
    measuring.table(("", "median", "least", "ratio", "memory"), rows)
    slow = [name for name in methods if median[name] > LIMIT * base]
    return measuring.verdict(
        [
            ("the order of sorting is that of numpy's stable argsort", equal),
            (f"every order holds positions of the samples{', not ' + ', '.join(wrong) if wrong else ''}", not wrong),
            (f"at most {LIMIT} times numpy{', not ' + ', '.join(slow) if slow else ''}", not slow),
        ]
    )


def is_order(name: str, order, samples: int) -> bool:
    """uint32 positions of samples; of all of them once, where the ordering says that it is a permutation."""
    import numpy as np

    from gradatim import registry

    if order.dtype != np.uint32 or not len(order) or order.max() >= samples:
        return False
    if registry.load("orderings", name).output != "permutation":
        return True
    return len(order) == samples and bool((np.bincount(order, minlength=samples) == 1).all())


def command(name: str, scores: Path, out: Path) -> list:
    if name == "numpy":
        return ["-c", BASE, scores, out]
    return ["-m", "gradatim", "order", name, "--scores", scores, "--out", out]


if __name__ == "__main__":
    raise SystemExit(main())

"""Orderings against numpy, Polars and DuckDB that make the same order, and a hundred million scores sorted in one process.

A million float32 scores with ties. Library, numpy, Polars and DuckDB (engines.py) take turns; each must give the same order, and the
fastest time of each counts, of Polars also the fastest of three ways to say it. Polars and DuckDB use all processors, library and numpy one.

The large sort runs in processes of its own. The time is of ordering scores that are in memory; the memory is the whole process's peak:
interpreter, scores (400 MB), keys and order. The order must be that of numpy's stable argsort.

    pip install -r requirements/benchmarks.txt
    python benchmarks/orderings.py [--samples 1000000] [--rounds 15] [--large 100000000]
"""

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SORTING_FASTER = 2.0
MILLION_SECONDS = 0.025
LARGE_SECONDS = 5.0
#: 1.3 GB at a hundred million: the process itself, and so much a sample
LARGE_BYTES, LARGE_BYTES_EACH = 50e6, 12.5
LARGE_ROUNDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--large", type=int, default=100_000_000, help="0 leaves it out")
    parser.add_argument("--sort", nargs=3, metavar=("SCORES", "ORDER", "SAID"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.sort:
        sort(*map(Path, args.sort))
        return 0
    from benchmarks import measuring

    if importlib.util.find_spec("polars") is None:
        print("Polars is missing: pip install -r requirements/benchmarks.txt brings what is compared.", file=sys.stderr)
        return 2
    promises = small(args.samples, args.rounds)
    if args.large:
        promises += large(args.large)
    return measuring.verdict(promises)


def small(samples: int, rounds: int) -> list[tuple[str, bool]]:
    import numpy as np

    from benchmarks import measuring
    from gradatim import registry

    scores = np.random.default_rng(0).normal(size=samples).astype(np.float32)
    print(f"{samples} float32 scores ({samples - len(np.unique(scores))} repeated), fastest of {rounds} rounds, ms")
    rows, promises, unequal = [], [], []
    for name in registry.names("orderings"):
        best, equal = race(name, scores, rounds)
        unequal += [f"{name} by {who}" for who in equal if not equal[who]]
        peers = {who: seconds for who, seconds in best.items() if who != "gradatim"}
        times = [f"{1e3 * best[who]:.1f}" if who in best else "-" for who in ("gradatim", "numpy", "Polars", "DuckDB")]
        factor = min(peers.values()) / best["gradatim"] if peers else None
        rows.append((name, *times, f"{factor:.1f}" if factor else "-"))
        if name == "sorting":
            sentence = f"sorting is {factor:.1f} times as fast as the fastest of the three, promised {SORTING_FASTER:g}"
            promises.append((sentence, factor >= SORTING_FASTER))
            took = best["gradatim"]
            sentence = (
                f"{samples} scores are sorted in {1e3 * took:.1f} ms, promised {1e3 * MILLION_SECONDS:g} a million"
            )
            promises.append((sentence, took <= MILLION_SECONDS * samples / 1e6))
        elif factor:
            promises.append((f"{name} is {factor:.1f} times as fast as its fastest peer, promised 1", factor >= 1))
    measuring.table(("", "gradatim", "numpy", "Polars", "DuckDB", "times as fast"), rows)
    said = f"; not so: {', '.join(unequal)}" if unequal else ""
    return [(f"all peers give the same order{said}", not unequal), *promises]


def race(name: str, scores, rounds: int) -> tuple[dict[str, float], dict[str, bool]]:
    """(fastest seconds, whether the order is the library's) by who made it; a new ordering may have no peer."""
    import numpy as np

    from benchmarks import engines
    from gradatim import registry
    from gradatim.seeds import Seed
    from gradatim.types import OrderContext

    method = registry.load("orderings", name)
    domains, lengths = np.arange(len(scores)) % 8, np.full(len(scores), 100)
    context = OrderContext(len(scores), scores, domains.astype(np.int32), lengths.astype(np.int32))
    params = method.Params()
    ways = [("gradatim", lambda: method.order(context, params, Seed(0))[0])]
    if name in engines.PEERS:
        ways.append(("numpy", engines.numpy_peer(name, scores)))
    ways += [("Polars", way) for way in engines.polars_peers(name, scores)]
    if query := engines.duckdb_peer(name, scores):
        ways.append(("DuckDB", query))
    best: dict[str, float] = {}
    equal: dict[str, bool] = {}
    expected = ways[0][1]()
    for round_ in range(rounds + 1):
        for who, way in ways:
            if round_ > max(3, rounds // 5) and best[who] > 0.3:
                continue  # slow ones are clear after a few rounds
            started = time.perf_counter()
            order = way()
            if round_:  # the first round warms up
                best[who] = min(best.get(who, 1e9), time.perf_counter() - started)
            else:
                equal[who] = equal.get(who, True) and np.array_equal(order, expected)
    return best, equal


def large(samples: int) -> list[tuple[str, bool]]:
    import numpy as np

    from benchmarks import measuring

    with tempfile.TemporaryDirectory() as folder:
        scores, order, said = (Path(folder, name) for name in ("scores.npy", "order.npy", "said.json"))
        np.save(scores, np.random.default_rng(0).standard_normal(samples, dtype=np.float32))
        seconds, peaks = [], []
        for _ in range(LARGE_ROUNDS):
            peaks.append(measuring.python(__file__, "--sort", scores, order, said).peak)
            seconds.append(json.loads(said.read_text()))
        started = time.perf_counter()
        equal = np.array_equal(np.argsort(np.load(scores), kind="stable"), np.load(order))
        numpy_seconds = time.perf_counter() - started
    took, peak = statistics.median(seconds), max(peaks)
    print(f"\n{samples} float32 scores: {took:.2f} s, median of {LARGE_ROUNDS} processes; peak memory {peak / 1e9:.2f} GB; "
          f"numpy's stable argsort, with reading and comparing, {numpy_seconds:.1f} s")  # fmt: skip
    allowed, memory = LARGE_SECONDS * samples / 1e8, LARGE_BYTES + LARGE_BYTES_EACH * samples
    return [
        ("the large order is that of numpy's stable argsort", equal),
        (f"{samples} scores are sorted in {took:.2f} s, promised {allowed:g}", took <= allowed),
        (f"that takes {peak / 1e9:.2f} GB in all, promised {memory / 1e9:.3g}", peak <= memory),
    ]


def sort(scores: Path, order: Path, said: Path) -> None:
    """What the process of the large sort does."""
    import numpy as np

    from gradatim.orderings import sorting
    from gradatim.seeds import Seed
    from gradatim.types import OrderContext

    values = np.load(scores)
    started = time.perf_counter()
    made = sorting.order(OrderContext(len(values), values), sorting.Params(), Seed(0))[0]
    said.write_text(json.dumps(time.perf_counter() - started))
    np.save(order, made)


if __name__ == "__main__":
    raise SystemExit(main())

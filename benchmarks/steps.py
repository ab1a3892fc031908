"""Where the time of a training step goes beside the model: waiting for data, keeping the certificate, and evaluating densely at the beginning.

    python -m benchmarks.steps [--steps 120] [--rounds 3] [--precision bf16] [--compile]

Each round is a process of its own on one thread. Data are the batch and its way to the device; evaluation is that of a recipe's defaults beside its number
of windows: every 5 steps over the first 60, 64 windows of one domain.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import measuring
from benchmarks.training import SHAPES, Shape, prepare

WAIT = 0.01
DENSE = {"windows": 64, "dense_every": 5, "dense_until": 60, "every": 1_000_000}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()
    rows, promises = [], []
    for shape in SHAPES:
        with tempfile.TemporaryDirectory(prefix="gradatim-benchmark-") as folder:
            prepare(Path(folder), shape, args)
            found = [run(Path(folder), shape) for _ in range(args.rounds)]
        middle = {key: statistics.median(one[key] for one in found) for key in found[0]}
        name = f"{shape.vocabulary:,} × {shape.context} × {shape.batch}"
        shares = [f"{100 * middle[key]:.2f} %" for key in ("data", "certificate", "dense")]
        rows.append([name, f"{1000 * middle['step']:.0f}", *shares])
        promises.append((f"{name}: data are waited for in less than {WAIT:.0%} of a step", middle["data"] < WAIT))
    measuring.table(
        ["vocabulary × context × rows", "ms a step", "data", "certificate", "evaluation, first 60 steps"], rows
    )
    return measuring.verdict(promises)


def run(folder: Path, shape: Shape) -> dict[str, float]:
    code = f"from benchmarks import steps; steps.timed({str(folder)!r})"
    environment = {
        **os.environ,
        "PYTHONPATH": str(measuring.ROOT),
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    result = subprocess.run([sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{shape} failed:\n{result.stderr[-2000:]}")
    return json.loads((folder / "steps.json").read_text())


def timed(folder: str) -> None:
    """One training; seconds a step without evaluation, shares of it, and what the dense evaluation adds to the first steps."""
    from gradatim import specs
    from gradatim.events import Metric
    from gradatim.training import batches, certificate, loop, measuring, rows
    from gradatim.types import Inputs

    folder = Path(folder)
    spent = {"data": 0.0, "certificate": 0.0, "held_out": 0.0}
    for owner, name, kind in (
        (batches.Batches, "batch", "data"),
        (rows, "rows_of", "data"),
        (certificate.Certificate, "update", "certificate"),
        (measuring.Measuring, "held_out", "held_out"),
    ):
        setattr(owner, name, _counted(getattr(owner, name), spent, kind))
    document = json.loads((folder / "run.json").read_text())
    document["recipe"]["evaluation"] = DENSE
    names = ["dataset", "tokenizer", "tokens", (folder / "plan-at").read_text()]
    clock, marks = [], []
    with tempfile.TemporaryDirectory(dir=folder) as out:
        inputs = Inputs.from_folders([folder / name for name in names])
        for event in loop.train(specs.parse(specs.Run, document), inputs, Path(out)):
            if isinstance(event, Metric) and "train/loss" in event.values:
                clock.append(time.perf_counter())
                marks.append(dict(spent))
    until = DENSE["dense_until"]
    # after the dense stretch nothing is evaluated, so these steps are bare
    bare = (clock[-1] - clock[until + 5]) / (len(clock) - 1 - until - 5)
    steps = len(clock) - 1 - until - 5
    shares = {key: (marks[-1][key] - marks[until + 5][key]) / steps / bare for key in ("data", "certificate")}
    dense = (marks[until]["held_out"] - marks[0]["held_out"]) / (until * bare)
    (folder / "steps.json").write_text(json.dumps({"step": bare, "dense": dense, **shares}))


def _counted(function, spent: dict[str, float], kind: str):
    def counted(*args, **options):
        begun = time.perf_counter()
        try:
            return function(*args, **options)
        finally:
            spent[kind] += time.perf_counter() - begun

    return counted


if __name__ == "__main__":
    sys.exit(main())

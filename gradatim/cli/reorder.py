"""Write samples in an order: what `order`, `select` or `plan` made and the samples in, a JSON Lines file in that order out.

Lines of a file are copied byte for byte, never parsed. Blank lines are no samples; a last line without a newline gets one. A dataset's
samples are written as its JSON Lines export writes them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradatim.cli import arrays
from gradatim.errors import UserError

if TYPE_CHECKING:
    from gradatim.corpora.store import Dataset


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, metavar="F.jsonl", help="one sample a line; or the folder of a dataset"
    )
    parser.add_argument(
        "--order",
        type=Path,
        required=True,
        metavar="O.npy",
        help="positions of samples, counted from 0; or the folder of a plan that draws from this dataset alone",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="OUT.jsonl", help="where the samples are written")


def run(args: argparse.Namespace) -> int:
    arrays.apart(args.data, args.out)
    arrays.apart(args.order, args.out)
    if not args.out.parent.is_dir():
        raise UserError(f"{args.out} cannot be written: there is no folder {args.out.parent}.", field="out")
    if not args.data.is_dir():
        return _write(args.data, _order(args.order), args.out)

    from gradatim.corpora.store import Dataset

    dataset = Dataset(args.data)
    order = _order(args.order, dataset.digest)
    with tempfile.TemporaryDirectory(prefix=f".{args.out.name}.", dir=args.out.parent) as folder:
        return _write(_exported(dataset, Path(folder, "samples.jsonl")), order, args.out)


def _write(source: Path, order: np.ndarray, out: Path) -> int:
    from gradatim.corpora import ordered

    lines = ordered.index(source)
    for _ in ordered.write(lines, order, out):
        pass
    print(f"{len(order)} lines written in order, from {len(lines)} samples.", file=sys.stderr)
    return 0


def _order(path: Path, dataset: str = "") -> np.ndarray:
    """Positions from an array or a plan, whose one dataset is the one given, if it is given."""
    if not path.is_dir():
        return arrays.read(path)

    from gradatim.plans import Plan

    plan = Plan(path)
    drawn = {stream["dataset"] for stream in plan.streams}
    if len(drawn) > 1:
        raise UserError(f"The plan draws from {len(drawn)} datasets: positions of one are wanted.", field="order")
    if dataset and drawn != {dataset}:
        raise UserError(f"The plan draws from another dataset than {dataset[:12]}.", field="order")
    return plan.position


def _exported(dataset: Dataset, path: Path) -> Path:
    from gradatim.corpora import export

    for _ in export.write(dataset, np.ones(dataset.rows, bool), path):
        pass
    return path

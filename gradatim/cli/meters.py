"""Measure an order against the four guidelines: which scores it begins and ends with, cycles, jumps, diversity.

Reads the positions of samples in the order of training and their scores, and prints the meters as JSON with a sentence each. They
describe an order and do not grade it.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from gradatim.cli import arrays, options
from gradatim.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--order", type=Path, required=True, metavar="O.npy", help="positions, as `order` writes them")
    parser.add_argument("--scores", type=Path, required=True, metavar="S.npy", help="one score a sample, any real type")
    parser.add_argument("--batch-size", default="64", metavar="B", help="samples in a batch (default 64)")
    parser.add_argument("--domains", type=Path, metavar="D.npy", help="one whole number a sample: its domain")


def run(args: argparse.Namespace) -> int:
    from gradatim.meters import batches, measure

    size = options.whole(args.batch_size, "--batch-size", 1)
    scores = arrays.read_scores(args.scores)
    order = _whole_numbers(args.order, "order")
    if len(order) and not 0 <= int(order.min()) <= int(order.max()) < len(scores):
        raise UserError(f"{args.order} names positions outside the {len(scores):,} scores.", field="order")
    domains = None
    if args.domains is not None:
        domains = _whole_numbers(args.domains, "domains")
        if len(domains) != len(scores):
            raise UserError(
                f"There are {len(domains):,} domains for {len(scores):,} scores: give one a sample.", field="domains"
            )
        domains = domains[order]
    found = measure(scores[order], batches.of_samples(len(order), size), domains)
    print(json.dumps(found.as_dict(), ensure_ascii=False, allow_nan=False, indent=2))
    return 0


def _whole_numbers(path: Path, field: str) -> np.ndarray:
    found = arrays.read(path)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise UserError(f"{path} is not one whole number a sample, in one dimension.", field=field)
    return found

"""Put samples into an order: scores in, their positions in that order out.

Reads one-dimensional scores from a .npy file and writes the positions in the order in which the samples are to be seen, as uint32.
That is one pass: every position once, or, of methods that repeat samples, some of them several times and others not at all. With
--epochs N the file holds N passes one after another; how many samples each has is said on standard error.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from gradatim import permutation, registry, remarks
from gradatim.cli import arrays, options
from gradatim.seeds import Seed
from gradatim.types import OrderContext


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("method", metavar="METHOD", help=", ".join(registry.names("orderings")))
    parser.add_argument("--scores", type=Path, required=True, metavar="S.npy", help="one score a sample, any real type")
    parser.add_argument("--out", type=Path, required=True, metavar="O.npy", help="where the order is written")
    options.add_seed(parser)
    options.add_params(parser)
    parser.add_argument(
        "--domains",
        type=Path,
        metavar="D.npy",
        help="one whole number a sample: its domain, for orders that look at it",
    )
    parser.add_argument("--epochs", default="1", metavar="N", help="write N passes one after another (default 1)")
    parser.add_argument(
        "--jitter-window",
        default="0",
        metavar="W",
        help="move samples by about W places afterwards (default 0: off)",
    )
    parser.add_argument(
        "--jitter",
        default="disjoint",
        choices=("disjoint", "overlapping", "gumbel"),
        help="how: shuffled inside windows of W side by side (default), by less than W places each, or by Gumbel noise",
    )


def run(args: argparse.Namespace) -> int:
    method = registry.load("orderings", args.method)
    seed = Seed(options.whole(args.seed, "--seed"))
    window = options.whole(args.jitter_window, "--jitter-window")
    epochs = options.whole(args.epochs, "--epochs", 1)
    params = options.params_of(method.Params, args.params)
    arrays.apart(args.scores, args.out)
    scores = arrays.read_scores(args.scores)
    domains = arrays.read_codes(args.domains, len(scores)) if args.domains else None
    context = OrderContext(len(scores), scores, domains, epochs=epochs)
    passes = []
    for epoch, order in enumerate(method.order(context, params, seed)):
        order = permutation.jitter(order, window, seed.child("epoch", epoch) if epoch else seed, args.jitter)
        passes.append(permutation.CHECKS[method.output](order, len(scores)))
    arrays.write(args.out, np.concatenate(passes) if epochs > 1 else passes[0])
    for remark in remarks.of_ordering(method, context, params):
        print(remark.sentence, file=sys.stderr)
    print(_said(args.method, passes, len(scores), seed), file=sys.stderr)
    return 0


def _said(name: str, passes: list[np.ndarray], n: int, seed: Seed) -> str:
    if len(passes) == 1 and len(passes[0]) == n:
        return f"{n} samples ordered by {name}, seed {seed.value}."
    sizes = ", ".join(str(len(order)) for order in passes[:20]) + (", ..." if len(passes) > 20 else "")
    word = "pass" if len(passes) == 1 else "passes"
    return f"{len(passes)} {word} over {n} samples by {name}, seed {seed.value}, of these lengths: {sizes}."

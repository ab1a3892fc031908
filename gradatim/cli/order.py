"""Put samples into an order: scores in, a permutation of their positions out.

Reads one-dimensional scores from a .npy file and writes the positions in the order in which the samples are to be seen, as uint32.
"""

import argparse
import sys
from pathlib import Path

from gradatim import permutation, registry
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
        "--jitter-window",
        default="0",
        metavar="W",
        help="shuffle inside windows of W samples afterwards (default 0: off)",
    )


def run(args: argparse.Namespace) -> int:
    method = registry.load("orderings", args.method)
    seed = Seed(options.whole(args.seed, "--seed"))
    window = options.whole(args.jitter_window, "--jitter-window")
    params = options.params_of(method.Params, args.params)
    arrays.apart(args.scores, args.out)
    scores = arrays.read_scores(args.scores)
    order = method.order(OrderContext(len(scores), scores), params, seed)[0]
    order = permutation.check(permutation.jitter(order, window, seed), len(scores))
    arrays.write(args.out, order)
    print(f"{len(order)} samples ordered by {args.method}, seed {seed.value}.", file=sys.stderr)
    return 0

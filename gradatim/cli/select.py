"""Keep a part of the samples by their scores: scores in, kept positions out.

Reads one-dimensional scores from a .npy file and writes the positions that are kept, ascending, as uint32.
"""

import argparse
import sys
from pathlib import Path

from gradatim import registry
from gradatim.cli import arrays, options
from gradatim.types import SelectContext


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("method", metavar="METHOD", help=", ".join(registry.names("selections")))
    parser.add_argument("--scores", type=Path, required=True, metavar="S.npy", help="one score a sample, any real type")
    parser.add_argument("--out", type=Path, required=True, metavar="K.npy", help="where the kept positions are written")
    options.add_params(parser)


def run(args: argparse.Namespace) -> int:
    method = registry.load("selections", args.method)
    params = options.params_of(method.Params, args.params)
    arrays.apart(args.scores, args.out)
    scores = arrays.read_scores(args.scores)
    selection = method.select(SelectContext(len(scores), scores), params)
    arrays.write(args.out, selection.kept)
    reasons = "".join(f"; {reason}: {count}" for reason, count in selection.reasons.items())
    print(f"{len(selection.kept)} of {len(scores)} samples kept by {args.method}{reasons}.", file=sys.stderr)
    return 0

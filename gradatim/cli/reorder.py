"""Write the samples of a JSON Lines file in an order: what `order` or `select` wrote in, the file in that order out.

Lines are copied byte for byte, never parsed. Blank lines are no samples; a last line without a newline gets one. The JSON Lines export of
a whole dataset version holds its samples in the order of their positions.
"""

import argparse
import sys
from pathlib import Path

from gradatim.cli import arrays


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="F.jsonl", help="one sample a line")
    parser.add_argument(
        "--order", type=Path, required=True, metavar="O.npy", help="positions of samples, counted from 0"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="OUT.jsonl", help="where the samples are written")


def run(args: argparse.Namespace) -> int:
    arrays.apart(args.data, args.out)
    arrays.apart(args.order, args.out)
    order = arrays.read(args.order)
    from gradatim.corpora import ordered

    lines = ordered.index(args.data)
    for _ in ordered.write(lines, order, args.out):
        pass
    print(f"{len(order)} lines written in order, from {len(lines)} samples.", file=sys.stderr)
    return 0

"""Make an evaluation suite: a JSON Lines file of questions with known answers in, an artifact out.

`evaluate --suite NAME=DIR` then asks a model. Lines that are no question are named, and nothing is written.
"""

import argparse
import sys
from pathlib import Path

from gradatim import questions, registry
from gradatim.cli import documents, options
from gradatim.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("method", metavar="METHOD", help=", ".join(registry.names("suites")))
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FILE", help="the questions, one JSON object a line"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the suite is written, as DIR/suite"
    )
    options.add_params(parser)


def run(args: argparse.Namespace) -> int:
    params = options.mapping(args.params)
    documents.refuse_finished(args.out, "suite")
    try:
        data = args.data.read_bytes()
    except OSError as error:
        raise UserError(f"{args.data} cannot be read: {error.strerror}.", field="data") from None
    found = questions.parse(data, args.method, params)
    stored = questions.write(args.out / "suite", found, args.method, params)
    domains = ", ".join(f"{name}: {count:,}" for name, count in stored.meta["domains"].items())
    print(
        f"{len(found):,} question{'s' if len(found) != 1 else ''} ({domains}). Guessing scores {stored.meta['chance']:.3f}.",
        file=sys.stderr,
    )
    print(stored.digest)
    return 0

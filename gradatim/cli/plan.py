"""Resolve a curriculum to its plan: the samples in the order in which training consumes them.

SPEC.yaml is a curriculum, or a run, whose curriculum and seed are taken. The datasets, score sets and tokens that it names are looked
for in a storage root or in artifact folders. The plan is written to DIR/plan.
"""

import argparse
from pathlib import Path

from gradatim.cli import documents, options, running
from gradatim.types import Inputs


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", type=Path, metavar="SPEC.yaml", help="a curriculum or a run, YAML or JSON")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the plan is written")
    options.add_inputs(parser)
    options.add_seed(parser, default=None)


def run(args: argparse.Namespace) -> int:
    document = documents.read(args.spec)
    seed = 0
    if "curriculum" in document:
        seed = documents.seed_of(document)
        document = document["curriculum"]
    if args.seed is not None:
        seed = options.whole(args.seed, "--seed")
    documents.refuse_finished(args.out, "plan")
    inputs = Inputs(options.artifacts_of(args))
    return running.run_task("plan", {"curriculum": document}, seed, inputs, args.out)

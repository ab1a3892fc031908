"""Train a model as a run's document says: curriculum, recipe and seed.

RUN.yaml is what a run's page exports. The datasets, tokens, tokenizer and checkpoints that it names are looked for in a storage root or in
artifact folders; so is the plan, which is resolved first where it is not among them. To go on with a run that was stopped, name its
output folder with --previous and give a new one with --out.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from gradatim.cli import documents, options, running
from gradatim.errors import UserError
from gradatim.events import Artifact, Event
from gradatim.types import Inputs


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN.yaml", help="a run's document, YAML or JSON")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where checkpoints are written")
    options.add_inputs(parser)
    options.add_seed(parser, default=None)
    parser.add_argument(
        "--previous", type=Path, nargs="+", default=[], metavar="DIR", help="output folders to go on from, newest first"
    )


def run(args: argparse.Namespace) -> int:
    document = documents.read(args.run)
    if args.seed is not None:
        document["seed"] = options.whole(args.seed, "--seed")
    seed = documents.seed_of(document)
    documents.refuse_finished(args.out, "checkpoint")
    stored = options.artifacts_of(args)
    previous = tuple(args.previous)

    def steps(should_stop) -> Iterator[Event]:
        at_hand = yield from _with_plan(document, seed, stored, args.out, should_stop)
        yield from running.events_of("train", {"run": document}, seed, at_hand, args.out, previous, should_stop)

    return running.run_steps("train", seed, steps)


def _with_plan(document: dict, seed: int, stored: list, out: Path, should_stop) -> Iterator[Event]:
    """The inputs, with the run's plan resolved and added where none of them is it."""
    from gradatim import artifacts, specs

    run = specs.parse(specs.Run, document)
    inputs = Inputs(stored)
    try:
        inputs.find("plan", curriculum=specs.digest_of(run.curriculum), seed=seed)
        return inputs
    except UserError:
        params = {"curriculum": document["curriculum"]}
    made = []
    for event in running.events_of("plan", params, seed, inputs, out, (), should_stop):
        if isinstance(event, Artifact):
            made.append(artifacts.read(out / event.path))
        yield event
    return Inputs([*stored, *made])

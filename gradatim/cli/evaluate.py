"""Evaluate a checkpoint: on held-out text the loss of each domain in nats a token and in bits a byte, on suites the questions it answers.

All datasets among the inputs whose tokens under the model's tokenizer are there too are evaluated on, unless --params names some. The values
are a metric on standard output and are written to DIR/evaluation.
"""

import argparse
from pathlib import Path

from gradatim import artifacts
from gradatim.artifacts import Stored
from gradatim.cli import checkpoints, documents, options, running
from gradatim.errors import UserError
from gradatim.types import Inputs


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="DIR", help="the model's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the values are written")
    parser.add_argument(
        "--suite",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="questions to ask (see `suite`), kept under that name; may be given several times",
    )
    options.add_inputs(parser)
    options.add_seed(parser)
    parser.add_argument(
        "--params", metavar="JSON", help="suite, windows, context, batch_size, precision, weights, datasets"
    )


def run(args: argparse.Namespace) -> int:
    seed = options.whole(args.seed, "--seed")
    params = options.mapping(args.params)
    documents.refuse_finished(args.out, "evaluation")
    checkpoint = checkpoints.read(args.checkpoint)
    stored = options.artifacts_of(args)
    tokens = [artifact.meta for artifact in stored if artifact.kind == "tokens"]
    tokenizer = _tokenizer(checkpoint.meta, tokens)
    encoded = {meta["dataset"] for meta in tokens if meta["tokenizer"] == tokenizer}
    datasets = [artifact.digest for artifact in stored if artifact.kind == "dataset" and artifact.digest in encoded]
    suites = dict(_suite(given) for given in args.suite)
    if not datasets and not suites:
        raise UserError(
            "There is nothing to evaluate on: give a dataset and its tokens under the model's tokenizer with --inputs, "
            "or questions with --suite.",
            field="inputs",
        )
    asked = {name: suite.digest for name, suite in suites.items()}
    stored = [*stored, *suites.values()]
    wanted = (
        {"datasets": sorted(set(datasets)), "suites": asked}
        | params
        | {"checkpoint": checkpoint.digest, "tokenizer": tokenizer}
    )
    return running.run_task("evaluate", wanted, seed, Inputs([*stored, checkpoint]), args.out)


def _suite(given: str) -> tuple[str, Stored]:
    name, found, folder = given.partition("=")
    if not found or not name:
        raise UserError(f"{given!r} is not NAME=DIR.", field="suite")
    folder = Path(folder)
    inside = folder / "suite"
    stored = artifacts.read(inside if (inside / artifacts.MANIFEST).is_file() else folder)
    if stored.kind != "suite":
        raise UserError(f"{folder} holds a {stored.kind}, not an evaluation suite.", field="suite")
    return name, stored


def _tokenizer(meta: dict, tokens: list[dict]) -> str:
    """The tokenizer that the checkpoint was trained with; where it does not say, the one that all tokens were made with."""
    if "tokenizer" in meta:
        return meta["tokenizer"]
    known = {entry["tokenizer"] for entry in tokens}
    if len(known) != 1:
        raise UserError(
            "The checkpoint does not say its tokenizer: give the tokens of exactly one with --inputs.", field="inputs"
        )
    return known.pop()

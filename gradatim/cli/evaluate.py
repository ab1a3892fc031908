"""Evaluate a checkpoint on held-out text: the loss of each domain in nats a token and in bits a byte.

All datasets among the inputs whose tokens under the model's tokenizer are there too are evaluated on, unless --params names some. The values
are a metric on standard output and are written to DIR/evaluation.
"""

import argparse
from pathlib import Path

from gradatim.cli import checkpoints, documents, options, running
from gradatim.errors import UserError
from gradatim.types import Inputs


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="DIR", help="the model's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the values are written")
    options.add_inputs(parser)
    options.add_seed(parser)
    parser.add_argument("--params", metavar="JSON", help="suite, windows, context, batch_size, precision, datasets")


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
    if not datasets:
        raise UserError(
            "There is nothing to evaluate on: give a dataset and its tokens under the model's tokenizer with --inputs.",
            field="inputs",
        )
    wanted = {"datasets": sorted(set(datasets))} | params | {"checkpoint": checkpoint.digest, "tokenizer": tokenizer}
    return running.run_task("evaluate", wanted, seed, Inputs([*stored, checkpoint]), args.out)


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

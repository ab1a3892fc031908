"""Score the samples of a file: one number a sample, in the file's order.

Reads JSONL (also .gz, .zst), Parquet, CSV or plain text and writes float32 scores. Scores that ask a model take --checkpoint, and --tokenizer
where the checkpoint's folder holds none; scores that compare with other texts take --reference and --tokenizer.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gradatim import registry
from gradatim.cli import checkpoints, options, running
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Note
from gradatim.types import Inputs

if TYPE_CHECKING:
    from gradatim.artifacts import Stored


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("method", metavar="METHOD", help=", ".join(registry.names("scores")))
    parser.add_argument("--data", type=Path, required=True, metavar="F.jsonl", help="the samples")
    parser.add_argument("--out", type=Path, required=True, metavar="S.npy", help="where the scores are written")
    parser.add_argument("--mapping", metavar="JSON", help='fields of the samples, such as \'{"text": "content"}\'')
    options.add_params(parser)
    options.add_seed(parser)
    parser.add_argument("--tokenizer", type=Path, metavar="FILE", help="a tokenizer.json, for scores that need tokens")
    parser.add_argument("--checkpoint", type=Path, metavar="DIR", help="a model's folder, for scores that ask one")
    parser.add_argument("--reference", type=Path, metavar="F.jsonl", help="texts, for scores that compare with them")


def run(args: argparse.Namespace) -> int:
    from gradatim.cli import arrays

    registry.load("scores", args.method)
    seed = options.whole(args.seed, "--seed")
    params = options.mapping(args.params)
    fields = options.mapping(args.mapping, "--mapping")
    for name in ("data", "reference"):
        path = getattr(args, name)
        if path is not None and not path.is_file():
            raise UserError(f"There is no file {path}.", field=name)
        if path is not None:
            arrays.apart(path, args.out)

    def steps(should_stop) -> Iterator[Event]:
        with tempfile.TemporaryDirectory(prefix="gradatim-score-") as scratch:
            job = _Job(Path(scratch), seed, should_stop)
            dataset = yield from job.make("import_dataset", _source(args.data, fields))
            wanted = {"method": args.method, "params": params, "dataset": dataset.digest}
            wanted |= yield from _model(args, fields, dataset, job)
            scores = yield from job.make("score", wanted)
            arrays.write(args.out, arrays.read(scores.path / "scores.npy"))
            yield Note(f"{scores.meta['rows']} scores written to {args.out}.", data=scores.meta)

    return running.run_steps("score", seed, steps)


class _Job:
    """Tasks in a scratch folder, each of which finds what those before it made."""

    def __init__(self, scratch: Path, seed: int, should_stop):
        self.scratch, self.seed, self.should_stop = scratch, seed, should_stop
        self.made: list[Stored] = []

    def make(self, task: str, params: dict) -> Iterator[Event]:
        """Pass on what the task says, but not what it leaves in the scratch folder; return that."""
        from gradatim import artifacts

        out = self.scratch / f"{len(self.made)}-{task}"
        for event in running.events_of(task, params, self.seed, Inputs(self.made), out, (), self.should_stop):
            if isinstance(event, Artifact):
                self.made.append(artifacts.read(out / event.path))
            else:
                yield event
        return self.made[-1]


def _source(path: Path, fields: dict) -> dict:
    return {"source": {"kind": "file", "path": str(path.resolve())} | ({"mapping": fields} if fields else {})}


def _model(args: argparse.Namespace, fields: dict, dataset: "Stored", job: _Job) -> Iterator[Event]:
    """The score's reference, tokenizer and model, where they were named; samples are tokenized then."""
    inside = args.checkpoint / "tokenizer.json" if args.checkpoint else None
    given = args.tokenizer or (inside if inside and inside.is_file() else None)
    chosen, reference = {}, None
    if args.reference is not None:
        reference = yield from job.make("import_dataset", _source(args.reference, fields))
        chosen["reference"] = reference.digest
    if given is not None:
        if inside is not None and inside.is_file() and _canonical(given) != _canonical(inside):
            raise UserError("The checkpoint was trained with another tokenizer: choose its own.", field="tokenizer")
        tokenizer = yield from job.make("train_tokenizer", {"path": str(given.resolve())})
        for digest in {dataset.digest: None} | ({reference.digest: None} if reference else {}):
            yield from job.make("tokenize", {"dataset": digest, "tokenizer": tokenizer.digest})
        chosen["tokenizer"] = tokenizer.digest
    if args.checkpoint is not None:
        stored = checkpoints.read(args.checkpoint)
        # the tokenizer was compared by content; its artifact here was made of a file and has a digest of its own
        stored = replace(stored, meta={name: value for name, value in stored.meta.items() if name != "tokenizer"})
        job.made.append(stored)
        chosen["checkpoint"] = stored.digest
    return chosen


def _canonical(tokenizer: Path) -> str:
    from gradatim.corpora import tokenizers

    return tokenizers.open_file(tokenizer).to_str(pretty=False)

"""Run the job in a job folder: what a worker starts in a process of its own.

JOBFOLDER/job.json names the task, its parameters, the seed, the input artifacts and the output folders of earlier attempts; output
goes to JOBFOLDER/out, events to standard output. The end of standard input, if that is a pipe, ends the job.
"""

import argparse
import json
from pathlib import Path

from gradatim.cli import running
from gradatim.errors import UserError

#: what job.json holds, and of which type
FIELDS = {"task": str, "params": dict, "seed": int, "inputs": list, "previous": list}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="JOBFOLDER", help="holds job.json")


def run(args: argparse.Namespace) -> int:
    try:
        job = read(args.folder)
    except UserError as error:
        return running.mistake(error)
    inputs = [Path(path) for path in job["inputs"]]
    previous = [Path(path) for path in job["previous"]]
    out = args.folder / "out"
    return running.run_task(job["task"], job["params"], job["seed"], inputs, out, previous, watch_stdin=True)


def read(folder: Path) -> dict:
    """The job document of a folder; ``UserError`` where it is missing or not one of ours."""
    path = folder / "job.json"
    try:
        job = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON that can be read: {error}.") from None
    if not isinstance(job, dict) or job.get("format") != 1:
        raise UserError(f"{path} is not a job of format 1.", field="format")
    for name, kind in FIELDS.items():
        if not isinstance(job.get(name), kind) or isinstance(job[name], bool):
            raise UserError(f"{path}: {name} is missing or not of type {kind.__name__}.", field=name)
    for name in ("inputs", "previous"):
        if not all(isinstance(item, str) for item in job[name]):
            raise UserError(f"{path}: {name} is a list of folders.", field=name)
    if job["seed"] < 0:
        raise UserError(f"{path}: the seed is 0 or more, not {job['seed']}.", field="seed")
    return job

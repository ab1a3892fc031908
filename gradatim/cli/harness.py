"""Write a task of lm-evaluation-harness as questions: JSON Lines for `suite multiple_choice`, or for the form of a new suite.

The package is optional: pip install 'gradatim[harness]'. It takes data from Hugging Face's hub, or from where a task file of yours says.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from gradatim import harness
from gradatim.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help="its name there, or that of a group of tasks")
    parser.add_argument("--out", type=Path, required=True, metavar="F.jsonl", help="where the questions are written")
    parser.add_argument("--tasks", type=Path, metavar="DIR", help="a folder of task files of your own")
    parser.add_argument("--fewshot", type=int, default=0, metavar="N", help="examples before each question (0)")
    parser.add_argument("--limit", type=int, metavar="N", help="at most so many questions of each task")


def run(args: argparse.Namespace) -> int:
    for name in ("fewshot", "limit"):
        value = getattr(args, name)
        if value is not None and value < (name == "limit"):
            raise UserError(f"--{name} is too small.", field=name)
    if args.tasks is not None and not args.tasks.is_dir():
        raise UserError(f"There is no folder {args.tasks}.", field="tasks")
    tasks = harness.tasks_of(args.task, args.tasks)
    beside = args.out.with_name(args.out.name + ".part")
    count = 0
    try:
        with beside.open("w", encoding="utf-8") as file:
            for name, task in sorted(tasks.items()):
                for record in harness.records(name, task, fewshot=args.fewshot, limit=args.limit):
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
                    count += 1
        os.replace(beside, args.out)
    finally:
        beside.unlink(missing_ok=True)
    params = json.dumps({"template": harness.TEMPLATE, "domain": "domain"})
    print(
        f"{count:,} questions of {len(tasks)} task{'s' if len(tasks) != 1 else ''}. To make them a suite:",
        file=sys.stderr,
    )
    print(f"python -m gradatim suite multiple_choice --data {args.out} --params '{params}' --out DIR", file=sys.stderr)
    return 0

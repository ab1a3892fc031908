"""Run every test of faults again and again, and say how often each passed and how long it took at most.

    python -m tests.workers.faults [--times 10] [--first 1] [--only NAME] [--compiled]

``--only``: tests whose names match, as pytest's -k. ``--compiled``: bit-for-bit resume with compiled training, too (minutes a
round). The killed steps are drawn from the round's number, so each round kills elsewhere and can be repeated alone:
``--first`` is the number of the first one.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.workers.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", default="", metavar="NAME")
    parser.add_argument("--compiled", action="store_true")
    chosen = parser.parse_args(arguments)
    results: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for number in range(chosen.first, chosen.first + chosen.times):
        for name, outcome, seconds in one_round(number, chosen):
            results[name].append((outcome, seconds))
        wrong = [name for name, found in results.items() if found[-1][0] == "failed"]
        print(f"Round {number}: {f'failed: {wrong}' if wrong else 'passed'}", flush=True)
    print(table(results))
    return int(not results or any(outcome == "failed" for found in results.values() for outcome, _ in found))


def one_round(number: int, chosen: argparse.Namespace):
    """(test, passed | failed | skipped, seconds) of every test; what pytest said of a failure is printed."""
    environment = os.environ | {"GRADATIM_FAULT_SEED": str(number)}
    if chosen.compiled:
        environment["GRADATIM_COMPILED"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", str(FOLDER), "-q", "--tb=short", f"--junitxml={report}"]
        command += ["-k", chosen.only] if chosen.only else []
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout, done.stderr, flush=True)
        return read(report) if report.exists() else []


def read(report: Path) -> list[tuple[str, str, float]]:
    """A test that failed when its fixtures were taken down has two entries: the worse counts."""
    found: dict[str, tuple[str, float]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}: {case.get('name', '').removeprefix('test_')}"
        tags = {child.tag for child in case}
        outcome = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
        before, seconds = found.get(name, ("passed", 0.0))
        worse = "failed" if "failed" in (before, outcome) else outcome
        found[name] = (worse, seconds + float(case.get("time", 0)))
    return [(name, outcome, seconds) for name, (outcome, seconds) in found.items()]


def table(results: dict[str, list[tuple[str, float]]]) -> str:
    lines = ["", "| test | passes | slowest (s) |", "|---|---|---|"]
    for name, found in results.items():
        passed = sum(outcome == "passed" for outcome, _ in found)
        skipped = sum(outcome == "skipped" for outcome, _ in found)
        said = "skipped" if skipped == len(found) else f"{passed} of {len(found)}"
        lines.append(f"| {name.replace('_', ' ')} | {said} | {max(seconds for _, seconds in found):.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

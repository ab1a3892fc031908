"""The demo's figures from its runs' own event files: no database, no web. ``.venv/bin/python -m docs.demo_figures``

Prints one row a run and domain as Markdown, computed by the library's stability-gap diagnostic, and how long each job
took. What the comparison page says must equal it.
"""

import argparse
import json
from pathlib import Path

from gradatim.diagnostics import stability_gap
from gradatim.events import Metric, Resumed, from_line


def series_of(folders: list[Path]) -> dict[str, dict[int, tuple[int, float]]]:
    """{domain: {step: (tokens, loss)}} over the attempts of one job, cut where one went on from a checkpoint."""
    found: dict[str, dict[int, tuple[int, float]]] = {}
    for folder in folders:
        for line in (folder / "events.jsonl").read_text().splitlines():
            event, _ = from_line(line)
            if isinstance(event, Resumed):
                found = {d: {s: v for s, v in points.items() if s <= event.step} for d, points in found.items()}
            if isinstance(event, Metric):
                for name, value in event.values.items():
                    if name.startswith("eval/") and name.endswith("/loss"):
                        found.setdefault(name.split("/", 2)[2].removesuffix("/loss"), {})[event.step] = (
                            event.tokens,
                            value,
                        )
    return found


def described(run: dict) -> str:
    phase = run["curriculum"]["phases"][0]
    weights = phase["mixture"]["params"]["weights"]
    diet = " + ".join(f"{100 * share:g} % {name}" for name, share in weights.items())
    order = phase["streams"][0]["ordering"]["method"]
    origin = "from a checkpoint" if run["recipe"]["model"]["checkpoint"] else "fresh"
    return f"{origin}, {diet}, {order}"


def seconds(folders: list[Path]) -> float:
    total = 0.0
    for folder in folders:
        lines = (folder / "events.jsonl").read_text().splitlines()
        total += from_line(lines[-1])[1] - from_line(lines[0])[1]
    return total


def rows(domain: str, points: dict[int, tuple[int, float]]) -> str:
    ordered = [points[step] for step in sorted(points)]
    series = {
        "tokens": [tokens for tokens, _ in ordered],
        "values": {domain: [loss for _, loss in ordered]},
        "better": {domain: "lower"},
        "phase_starts": [ordered[0][0]],
    }
    gap = stability_gap.diagnose(series, stability_gap.Params())["findings"][0]
    losses = series["values"][domain]
    cells = [domain, f"{losses[0]:.3f}", f"{max(losses):.3f}", f"{losses[-1]:.3f}", f"{gap['gap_depth']:.3f}"]
    cells += [str(gap[key]) if gap[key] is not None else "—" for key in ("trough_at", "recovery_at")]
    return " | ".join([*cells, f"{gap['gap_area']:.3f}", f"{gap['net_gain']:+.3f}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=Path, default=Path("var/jobs"))
    jobs = sorted(parser.parse_args().jobs.iterdir(), key=lambda job: (job / "1" / "job.json").stat().st_mtime)
    print("| run | domain | before | worst | last | depth | trough | recovery | area | net gain | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    others = []
    for job in jobs:
        attempts = sorted(job.iterdir(), key=lambda folder: int(folder.name))
        document = json.loads((attempts[-1] / "job.json").read_text())
        if document["task"] != "train":
            others.append(f"{document['task']} {seconds(attempts):.1f}")
            continue
        for domain, points in sorted(series_of(attempts).items()):
            print(f"| {described(document['params']['run'])} | {rows(domain, points)} | {seconds(attempts):.0f} |")
    print("\nOther jobs, seconds between first and last event:", ", ".join(others) + ".")


if __name__ == "__main__":
    main()

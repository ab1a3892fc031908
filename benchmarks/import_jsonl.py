"""What the import of a large JSON Lines file costs: the import task in a process of its own, as a worker runs it.

A file of 1 GB with ids, eight domains and texts is made, imported by `python -m gradatim work`, twice, and deleted. Memory is the peak of the
whole process. Rows of every domain are counted against the file, each stored text's bytes against the line it came from by their sum, the
artifact's files against the digests in its manifest, and both imports must have the same digest.

    python benchmarks/import_jsonl.py [--gigabytes 1] [--folder FOLDER]
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
LIMIT_BYTES = 1e9
#: bytes of a made line, nearly
LINE = 980
ROUNDS = 2
FRAME = len('{"id":"","domain":"d0","text":""}\n')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--folder", help="where the file and the datasets are put; otherwise where temporary files go")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        return measure(Path(folder), max(1, int(args.gigabytes * 1e9 / LINE)))


def measure(folder: Path, samples: int) -> int:
    from benchmarks import made, measuring
    from gradatim import artifacts

    source = folder / "samples.jsonl"
    made.json_lines(source, samples)
    size = source.stat().st_size
    runs, stored = [], []
    for number in range(ROUNDS):
        job = folder / f"job-{number}"
        job.mkdir()
        (job / "job.json").write_text(json.dumps(document(source)))
        runs.append(measuring.python("-m", "gradatim", "work", job))
        stored.append(artifacts.verify(job / "out" / "dataset"))
    rows = [
        (str(n + 1), f"{run.seconds:.1f} s", f"{samples / run.seconds:,.0f}", f"{size / run.seconds / 1e6:.0f} MB/s",
         f"{run.peak / 1e6:.0f} MB")
        for n, run in enumerate(runs)
    ]  # fmt: skip
    print(f"{samples:,} rows, {size / 1e6:.0f} MB")
    measuring.table(("import", "time", "rows a second", "speed", "memory"), rows)
    meta, peak = stored[0].meta, max(run.peak for run in runs)
    domains = {f"d{k}": len(range(k, samples, 8)) for k in range(min(8, samples))}
    texts = size - samples * FRAME - sum(len(str(i)) for i in range(samples))
    return measuring.verdict(
        [
            (f"all {samples:,} rows are there", meta["rows"] == samples),
            ("so are the rows of each domain", {k: v["rows"] for k, v in meta["domains"].items()} == domains),
            ("and all bytes of the texts", meta["bytes"] == texts),
            ("both imports have the same digest", stored[0].digest == stored[1].digest),
            (f"at most {peak / 1e6:.0f} MB of memory, promised {LIMIT_BYTES / 1e6:.0f}", peak <= LIMIT_BYTES),
        ]
    )


def document(source: Path) -> dict:
    """The job as a worker writes it."""
    mapping = {"id": "id", "domain": "domain"}
    params = {"source": {"kind": "file", "path": str(source), "mapping": mapping}}
    return {"format": 1, "task": "import_dataset", "params": params, "seed": 0, "inputs": [], "previous": []}


if __name__ == "__main__":
    raise SystemExit(main())

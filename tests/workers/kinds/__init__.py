"""Kinds of jobs whose children play a script: what a test wrote under the job's title."""

import json

from django.conf import settings


def script(job) -> dict:
    return json.loads((settings.STORAGE_ROOT / "scripts" / f"{job.title}.json").read_text())


def report(job, **document) -> None:
    """Leave for the test what the adapter was called with."""
    folder = settings.STORAGE_ROOT / "reports"
    folder.mkdir(exist_ok=True)
    (folder / f"{job.title}.json").write_text(json.dumps(document))

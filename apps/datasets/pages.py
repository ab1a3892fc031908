"""What pages of a version show: its samples as the address asks for them, or how far it is, or why it was not made."""

import functools
import re

from django.http import QueryDict

from apps.accounts.models import User
from apps.common.roles import may_edit
from apps.common.templatetags.ui import score_name
from apps.datasets import selectors as datasets
from apps.datasets import sources, tokenizer_selectors
from apps.datasets.forms import ExportForm
from apps.datasets.models import DatasetVersion
from apps.jobs import selectors
from apps.jobs.models import LogLine, Status
from apps.jobs.pages import poll_of
from apps.scores.models import ScoreSet
from gradatim.errors import UserError

SHOWN_EXPORTS = 20

#: How a warning of an import names a row: "line 17: this is not JSON".
BAD_ROW = re.compile(r"^(line|row) (\d+): (.+)$", re.S)


def browsing(version: DatasetVersion, asked: QueryDict) -> dict:
    """Facts of a version and one page of its samples; ``sort`` is a score set's key, with a minus for the highest first."""
    sets = list(version.score_sets.select_related("job", "artifact"))
    sort = asked.get("sort", "")
    chosen = next((row for row in sets if row.artifact and str(row.pk) == sort.removeprefix("-")), None)
    query = {"word": asked.get("q", "").strip()[:200], "domain": asked.get("domain", "")}
    begin = asked.get("from", "")
    begin = int(begin) if begin.isdecimal() and begin.isascii() and len(begin) < 16 else 0
    order = {"scores": chosen.artifact if chosen else None, "descending": sort.startswith("-")}
    return {
        "query": {**query, "sort": sort if chosen else ""},
        "sorted_by": chosen,
        "descending": sort.startswith("-"),
        "samples": datasets.samples(version.artifact, **query, **order, page=asked.get("page", 1), start=begin),
        "domains": datasets.domains_of(version),
        "tokens": datasets.tokens_of(version),
        "not_counting": functools.partial(tokenizer_selectors.not_counting, version),  # asked where it is shown
        "score_sets": sets,
        "sorts": [(f"{sign}{row.pk}", row, sign) for row in sets if row.artifact for sign in ("-", "")],
    }


def exporting(version: DatasetVersion, form: ExportForm, user: User) -> dict:
    """The form, and the newest exports with what each holds, in words."""
    exports = list(version.exports.select_related("job", "artifact")[:SHOWN_EXPORTS])
    for row in exports:
        row.words = in_words(row.selection, form.sets)
    return {
        "project": version.dataset.project,
        "version": version,
        "form": form,
        "exports": exports,
        "poll": poll_of(row.job for row in exports),
        "may_edit": may_edit(user, version.dataset.project),
    }


def in_words(selection: dict, sets: dict[str, ScoreSet]) -> str:
    """What an export holds: "code, with “self”, the 100 highest by Length"."""
    parts = [selection["domain"]] if "domain" in selection else []
    parts += [f"with “{selection['word']}”"] if "word" in selection else []
    row = sets.get(selection.get("scores", ""))
    score = score_name(row) if row else "a score that is gone"
    pick = selection.get("pick")
    if pick in ("highest", "lowest"):
        parts.append(f"the {selection['count']:,} {pick} by {score}")
    elif pick:
        ends = [f"{word} {selection[name]:g}" for word, name in (("from", "low"), ("to", "high")) if name in selection]
        parts.append(f"{score} {' '.join(ends)}")
    elif "scores" in selection:
        parts.append(f"with {score} beside each")
    return ", ".join(parts) or "all samples"


def making(version: DatasetVersion) -> dict:
    """Progress, or why there is none, the rows that were bad, and whether the same file can be imported again."""
    job = version.job
    failed = job.status in (Status.FAILED, Status.CANCELLED)
    rows = _bad_rows(version) if failed else []
    return {
        "job": job,
        "poll": poll_of([job]),
        "place": selectors.place_in_queue(job) if job.status == Status.QUEUED else None,
        "failed": failed,
        "bad_rows": rows,
        "can_repeat": failed and _is_there(version),
    }


def _bad_rows(version: DatasetVersion) -> list[dict]:
    lines = LogLine.objects.filter(attempt__job=version.job, level="warning").order_by("id")
    attempt = lines.order_by("-attempt__number").values_list("attempt", flat=True).first()
    texts = lines.filter(attempt=attempt).values_list("text", flat=True)[:200]
    found = [match for text in texts if (match := BAD_ROW.match(text))]
    return [{"place": match[1], "number": match[2], "reason": match[3]} for match in found]


def _is_there(version: DatasetVersion) -> bool:
    if not version.file:
        return version.source.get("kind") != "file" or "path" in version.source
    try:
        sources.locate(version.file)
    except UserError:
        return False
    return True

"""What only the pages of score sets need."""

from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.models import Project
from apps.common.templatetags.ui import score_inside
from apps.datasets.models import DatasetVersion
from apps.jobs import pages as job_pages
from apps.scores import ranges, selectors, starting, uploads
from apps.scores.forms import ColumnsForm, RangeForm, UploadForm
from apps.scores.models import ScoreSet
from gradatim.errors import UserError

#: direction -> (what the samples at its interesting end are called, that end)
ENDS = {
    "harder": ("hardest", "high"),
    "easier": ("hardest", "low"),
    "better": ("worst", "low"),
    "worse": ("worst", "high"),
}
SIDES = {"low": "lowest", "high": "highest"}


def state(score_set: ScoreSet, may_edit: bool) -> dict:
    """What the page of a score set that is not there yet shows of its job, and where to try again."""
    shown = job_pages.state(score_set.job)
    if not may_edit:
        return shown
    if score_set.method == "imported":
        page, query, words = "scores:upload", {"version": score_set.version_id}, "Bring another file"
    else:
        page, query, words = "scores:new", {"like": score_set.pk}, "Try again with a change"
    again = f"{reverse(page, args=[score_set.version.dataset.project_id])}?{urlencode(query)}"
    return shown | {"again_url": again, "again": words}


def finished(score_set: ScoreSet) -> dict:
    return {
        "quantiles": selectors.quantiles(score_set),
        "quantile_links": quantile_links(score_set),
        "spread": [{**row, "url": samples_url(score_set, domain=row["name"])} for row in selectors.spread(score_set)],
        "extremes": selectors.extremes(score_set),
        "ends": ends(score_set),
        "bars": bars(score_set),
        "missing": missing(score_set),
        "others": score_set.version.score_sets.filter(artifact__isnull=False).exclude(pk=score_set.pk).exists(),
    }


def missing(score_set: ScoreSet) -> str:
    """The coverage of imported scores in words; empty where every sample has a score of its own."""
    meta = score_set.artifact.meta
    if not meta.get("missing"):
        return ""
    stand = {"lowest": "the lowest", "median": "the median", "highest": "the highest"}[meta["params"]["missing"]]
    verb = "It stands" if meta["missing"] == 1 else "They stand"
    return f"{starting.in_words(meta, meta['rows'])} {verb} at {stand} score of the others."


def ends(score_set: ScoreSet) -> list[dict]:
    """Links to one per cent at the end that matters, or at both where a score has no direction."""
    word, end = ENDS.get(score_set.artifact.meta["higher_means"], ("", ""))
    found = [(word, end)] if word else [("lowest", "low"), ("highest", "high")]
    return [{"word": word, "url": samples_url(score_set, end=end, share=1)} for word, end in found]


def quantile_links(score_set: ScoreSet) -> list[dict]:
    """Every quantile with its value; below the median it leads to the samples below it, above to those above."""
    rows = []
    for q, (name, value) in zip(
        sorted(map(float, score_set.summary.get("quantiles", {}))), selectors.quantiles(score_set), strict=True
    ):
        end = "low" if q < 0.5 else "high"
        share = 100 * q if end == "low" else 100 - 100 * q
        url = samples_url(score_set, end=end, share=f"{share:g}") if 0 < share < 50 else ""
        rows.append({"name": name, "value": value, "url": url, "side": "lowest" if end == "low" else "highest"})
        rows[-1]["share"] = f"{share:g}"
    return rows


def bars(score_set: ScoreSet) -> list[dict]:
    """The bars of the histogram as links, for those who do not click charts."""
    found = selectors.histogram_record(score_set)["histogram"]
    edges = found["edges"]
    return [
        {"lo": lo, "hi": hi, "count": count, "url": samples_url(score_set, lo=repr(lo), hi=repr(hi))}
        for lo, hi, count in zip(edges, edges[1:], found["counts"], strict=False)
    ]


def bar_url(score_set: ScoreSet, number: str) -> str:
    """The samples of the bar with this number; all samples where there is no such bar."""
    found = bars(score_set)
    return found[int(number)]["url"] if number.isdecimal() and int(number) < len(found) else samples_url(score_set)


def samples_url(score_set: ScoreSet, **query) -> str:
    url = reverse("scores:samples", args=[score_set.pk])
    return f"{url}?{urlencode(query)}" if query else url


def samples_context(score_set: ScoreSet, query) -> dict:
    """Form, samples and what they are in words; a bad number stands at its field, and the filter is not applied."""
    domains = sorted(score_set.version.artifact.meta["domains"])
    form = RangeForm(domains, query)
    asked = form.cleaned_data if form.is_valid() else {}
    found = ranges.samples(score_set, **asked, page=query.get("page", 1))
    return {
        "project": score_set.version.dataset.project,
        "score_set": score_set,
        "form": form,
        "found": found,
        "sentence": _in_words(score_set, asked, found),
    }


def _in_words(score_set: ScoreSet, asked: dict, found: ranges.Found) -> str:
    parts = []
    if asked.get("share") is not None and asked.get("end"):
        parts.append(f"the {SIDES[asked['end']]} {asked['share']:g} %")
    if asked.get("lo") is not None:
        parts.append(f"from {asked['lo']:,.5g}")
    if asked.get("hi") is not None:
        parts.append(f"up to {asked['hi']:,.5g}" if asked.get("lo") is not None else f"below {asked['hi']:,.5g}")
    if asked.get("domain"):
        parts.append(f"in {asked['domain']}")
    what = ", ".join(parts) or "all"
    noun = "sample" if found.total == 1 else "samples"
    return f"{found.count:,} of {found.total:,} {noun} by {score_inside(score_set)}: {what}."


def too_large() -> str:
    return (
        f"The file is larger than {settings.UPLOAD_PLAIN_MAX_BYTES / 1e6:,.0f} MB: bring the ids and the scores alone."
    )


def kept_file(project: Project, name: str) -> tuple[dict, str]:
    """(the first rows of an uploaded file with the ``names`` of its columns, "") or ({}, what is wrong)"""
    try:
        file = uploads.first_rows(uploads.path_of(project, name))
    except UserError as error:
        return {}, error.sentence
    return {**file, "names": [column["name"] for column in file["columns"]]}, ""


def upload_again(request, version: DatasetVersion):
    project = version.dataset.project
    form = UploadForm(project, initial={"version": version})
    return render(request, "scores/upload.html", {"project": project, "form": form}, status=400)


def guess(file: dict) -> dict:
    return {"id_column": file["id_column"], "column": file["column"], "name": file["column"]}


def columns_context(version: DatasetVersion, name: str, file: dict, form: ColumnsForm) -> dict:
    """With ``coverage``: how the file's ids meet the version's, for the columns that the form names now."""
    asked = {field: form[field].value() for field in ("id_column", "column")}
    try:
        found = starting.check_import(version, {"path": name, "missing": "median", **asked})
        coverage = {"sentence": starting.in_words(found, version.artifact.meta["rows"]), "missing": found["missing"]}
    except UserError as error:
        coverage = {"sentence": error.sentence, "missing": None}
    chosen = list(asked.values())
    return {
        "project": version.dataset.project,
        "version": version,
        "file": file,
        "form": form,
        "coverage": coverage,
        "chosen": chosen,
    }

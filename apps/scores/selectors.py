"""Reads on score sets: lists, what a method is, and the samples at both ends."""

import numpy as np

from apps.accounts.models import Project
from apps.common import lookup, methods
from apps.common.templatetags.ui import score_inside
from apps.datasets.selectors import clipped
from apps.scores.models import ScoreSet
from gradatim import registry

#: Samples to read at each end.
EXTREMES = 10

DIRECTIONS = {
    "harder": "The higher the score, the harder the sample.",
    "easier": "The higher the score, the easier the sample.",
    "better": "The higher the score, the better the sample.",
    "worse": "The higher the score, the worse the sample.",
    "neutral": "The score says nothing about good or hard: it only puts samples in an order.",
}


def score_sets_of(project: Project):
    rows = ScoreSet.objects.filter(version__dataset__project=project)
    return rows.select_related("version__dataset", "job").order_by(
        "version__dataset__name", "version__number", "name", "pk"
    )


def described(score_set: ScoreSet) -> dict:
    """The method in words with the values it was given, and what a high score means."""
    method = methods.described("scores", score_set.method, score_set.params)
    # An uploaded file is kept under a name that nobody gave it: it says nothing.
    method["params"] = [one for one in method["params"] if one["key"] != "path"]
    if score_set.artifact:
        direction = score_set.artifact.meta["higher_means"]
    elif method["version"]:
        direction = registry.load("scores", score_set.method).higher_means
    else:
        direction = ""
    return {"method": method, "direction": DIRECTIONS.get(direction, "")}


def extremes(score_set: ScoreSet) -> dict[str, list[dict]]:
    """The highest and the lowest samples with their scores and texts, the most extreme first; equal scores by position."""
    values = lookup.scores(score_set.artifact)
    dataset = lookup.dataset(score_set.version.artifact)
    low = _lowest(values)
    high = _lowest(-np.asarray(values))
    rows = {row["position"]: clipped(row) for row in dataset.rows_at(np.union1d(low, high))}
    return {
        name: [{**rows[p], "score": float(values[p])} for p in at.tolist()]
        for name, at in (("high", high), ("low", low))
    }


def spread(score_set: ScoreSet) -> list[dict]:
    """Per domain: how many, mean, median and, where the summary has them, the 5 % and 95 % quantiles."""
    domains = score_set.summary.get("domains", {})
    rows = [{"name": name, **values} for name, values in domains.items() if values.get("count")]
    return sorted(rows, key=lambda row: -row["count"])


def quantiles(score_set: ScoreSet) -> list[tuple[str, float]]:
    """("1 %", value) in ascending order; the ends are called minimum and maximum."""
    names = {0.0: "minimum", 0.5: "median", 1.0: "maximum"}
    found = sorted((float(q), value) for q, value in score_set.summary.get("quantiles", {}).items())
    return [(names.get(q, f"{100 * q:g} %"), value) for q, value in found]


def histogram_record(score_set: ScoreSet) -> dict:
    """What the histogram is drawn from. Outer bins that reach far out to an extreme are counted, not drawn."""
    found = score_set.summary.get("histogram") or {"edges": [], "counts": []}
    edges, counts = found["edges"], found["counts"]
    below, above = found.get("below", 0), found.get("above", 0)
    if len(counts) > 4:
        usual = 3 * (edges[3] - edges[2])
        if edges[1] - edges[0] > usual:
            below, edges, counts = below + counts[0], edges[1:], counts[1:]
        if edges[-1] - edges[-2] > usual:
            above, edges, counts = above + counts[-1], edges[:-1], counts[:-1]
    median = score_set.summary.get("quantiles", {}).get("0.5")
    histogram = {"edges": edges, "counts": counts, "below": below, "above": above, "median": median}
    return {
        "id": str(score_set.pk),
        "name": score_inside(score_set),
        "series": {},
        "phases": [],
        "histogram": histogram,
    }


def _lowest(values: np.ndarray) -> np.ndarray:
    """int64 positions of the EXTREMES smallest values, ascending."""
    n = min(EXTREMES, len(values))
    if n == len(values):
        return np.argsort(values, kind="stable")
    bound = np.partition(values, n - 1)[n - 1]
    found = np.flatnonzero(values <= bound)
    return found[np.argsort(np.asarray(values)[found], kind="stable")][:n]

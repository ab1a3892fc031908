"""Reads on how score sets of one dataset version agree: correlations, domains, disagreements, and the samples between."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.core.paginator import Paginator
from django.http import Http404

from apps.common import lookup
from apps.common.templatetags.ui import score_name
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors import clipped
from apps.jobs.models import Artifact
from apps.scores.models import ScoreSet
from apps.scores.ranges import PAGE, Found
from gradatim import agreement
from gradatim.corpora.store import Dataset
from gradatim.errors import UserError
from gradatim.plots.agreement import grid_of
from gradatim.series import percentiles

#: Score sets in a matrix, the newest: each pair of them is computed.
MATRIX = 12
#: Samples at each end of the disagreements.
SHOWN = 10
EVERYTHING = (0.0, 100.0)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two score sets over the samples that both have scored, of one ``domain`` or (empty) of all.

    ``positions`` of these samples; ``x`` and ``y``: their percentiles by ``one`` and by ``other``; ``sense`` as
    :func:`gradatim.agreement.sense`. ``left_out``: samples that only one of the two has scored, or none.
    """

    one: ScoreSet
    other: ScoreSet
    dataset: Dataset
    domain: str
    positions: np.ndarray
    x: np.ndarray
    y: np.ndarray
    sense: int
    left_out: int

    @property
    def correlation(self) -> float | None:
        return agreement.correlation(self.x, self.y)

    @property
    def distances(self) -> np.ndarray:
        return agreement.distance(self.x, self.y, self.sense)


def finished_sets(version: DatasetVersion) -> list[ScoreSet]:
    """The version's score sets that can be compared, in the order of their making."""
    return list(version.score_sets.filter(artifact__isnull=False).select_related("artifact", "version__artifact"))


def chosen(sets: list[ScoreSet], query: Mapping[str, str]) -> tuple[ScoreSet, ScoreSet]:
    """The score sets ``a`` and ``b`` of a query; what it leaves open is the first that is not the other."""
    if len(sets) < 2:
        raise UserError("Two finished score sets of this dataset version are needed to compare them.", field="b")
    known = {str(row.pk): row for row in sets}
    asked = [query.get(key, "") for key in ("a", "b")]
    if any(key and key not in known for key in asked):
        raise Http404
    if asked[0] and asked[0] == asked[1]:
        raise UserError("A score set agrees with itself: choose two different ones.", field="b")
    one = known.get(asked[0]) or next(row for row in sets if str(row.pk) != asked[1])
    other = known.get(asked[1]) or next(row for row in sets if row is not one)
    return one, other


def pair_of(version: DatasetVersion, one: ScoreSet, other: ScoreSet, domain: str = "") -> Pair:
    """``UserError`` where the version has no such domain. Percentiles are among the samples that are left."""
    dataset = lookup.dataset(version.artifact)
    keep = _scored(one.artifact, dataset.rows) & _scored(other.artifact, dataset.rows)
    left_out = len(keep) - np.count_nonzero(keep)
    if domain:
        if domain not in dataset.domains:
            raise UserError("This dataset version has no such domain.", field="domain")
        within = dataset.domain_codes() == dataset.domains.index(domain)
        left_out = np.count_nonzero(within & ~keep)
        keep &= within
    positions = np.flatnonzero(keep)
    x, y = (percentiles(lookup.scores(row.artifact)[positions]) for row in (one, other))
    return Pair(one, other, dataset, domain, positions, x, y, sense_of(one, other), int(left_out))


def sense_of(one: ScoreSet, other: ScoreSet) -> int:
    return agreement.sense(*(row.artifact.meta["higher_means"] for row in (one, other)))


def matrix(sets: list[ScoreSet]) -> list[list[float | None]]:
    """The rank correlation of every two of the sets, 1 with itself."""
    return [
        [1.0 if a is b else _correlation(*sorted((a.artifact, b.artifact), key=_digest)) for b in sets] for a in sets
    ]


def domains(pair: Pair) -> list[dict]:
    """name, samples and correlation within each domain that has samples, the largest first; of all domains always."""
    found = _by_domain(pair.one.version.artifact, *sorted((pair.one.artifact, pair.other.artifact), key=_digest))
    rows = [{"name": name, **row} for name, row in zip(pair.dataset.domains, found, strict=True) if row["samples"]]
    return sorted(rows, key=lambda row: -row["samples"])


def disagreements(pair: Pair) -> tuple[list[dict], list[dict]]:
    """The samples that stand furthest above by ``one``, and furthest below, as a list shows them."""
    distances = pair.distances
    ends = [agreement.furthest(distances, SHOWN), agreement.furthest(-distances, SHOWN)]
    rows = _rows(pair, np.concatenate(ends))
    return rows[: len(ends[0])], rows[len(ends[0]) :]


def between(pair: Pair, x: tuple[float, float], y: tuple[float, float], page: str | int = 1) -> Found:
    """The samples within a stretch of percentiles of each, those that disagree most first."""
    inside = np.flatnonzero(agreement.inside(pair.x, *x) & agreement.inside(pair.y, *y))
    order = np.argsort(-np.abs(pair.distances[inside]), kind="stable")
    shown = Paginator(inside[order], PAGE).get_page(page)
    return Found(shown, _rows(pair, shown.object_list), len(inside), len(pair.positions))


def record_of(pair: Pair) -> dict:
    """What the figure is drawn from."""
    names = tuple(score_name(row) for row in (pair.one, pair.other))
    return {"id": "pair", "name": names[0], "agreement": grid_of(pair.x, pair.y, names=names, sense=pair.sense)}


def _rows(pair: Pair, places: np.ndarray) -> list[dict]:
    """Samples at ``places`` of the pair, each with its score and percentile by both."""
    places = np.asarray(places, np.int64)
    scores = [lookup.scores(row.artifact) for row in (pair.one, pair.other)]
    found = []
    for place, row in zip(places.tolist(), pair.dataset.rows_at(pair.positions[places]), strict=True):
        score, also = (float(values[row["position"]]) for values in scores)
        by = {"score": score, "percentile": float(pair.x[place])}, {"score": also, "percentile": float(pair.y[place])}
        found.append({**clipped(row), "one": by[0], "other": by[1]})
    return found


def _scored(artifact: Artifact, rows: int) -> np.ndarray:
    """bool (rows,): the samples that have a score of their own."""
    found = np.ones(rows, bool)
    found[lookup.missing(artifact)] = False
    return found


# Artifacts never change: what is asked of them is computed once a process, whoever asks.
@functools.lru_cache(maxsize=4096)
def _correlation(one: Artifact, other: Artifact) -> float | None:
    a, b = lookup.scores(one), lookup.scores(other)
    keep = _scored(one, len(a)) & _scored(other, len(b))
    return agreement.correlation(percentiles(a[keep]), percentiles(b[keep]))


@functools.lru_cache(maxsize=256)
def _by_domain(dataset: Artifact, one: Artifact, other: Artifact) -> list[dict]:
    found = lookup.dataset(dataset)
    keep = _scored(one, found.rows) & _scored(other, found.rows)
    scores = (lookup.scores(artifact)[keep] for artifact in (one, other))
    return agreement.by_group(*scores, found.domain_codes()[keep], len(found.domains))


def _digest(artifact: Artifact) -> str:
    return artifact.digest

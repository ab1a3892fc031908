"""The samples of a score set between two values, at one end, or of one domain."""

import math
from dataclasses import dataclass

import numpy as np
from django.core.paginator import Paginator

from apps.common import lookup
from apps.datasets.selectors import clipped
from apps.scores.models import ScoreSet

PAGE = 20


@dataclass(frozen=True, slots=True)
class Found:
    """One page of samples with their scores, and how many there are of how many."""

    page: object
    rows: list[dict]
    count: int
    total: int


def samples(
    score_set: ScoreSet,
    *,
    lo: float | None = None,
    hi: float | None = None,
    domain: str = "",
    end: str = "",
    share: float | None = None,
    order: str = "",
    page: str | int = 1,
) -> Found:
    """Samples with ``lo <= score < hi`` (``hi`` itself too where it is the maximum), like a bar of a histogram.

    ``share`` is the per cent of all samples at the ``end`` "low" or "high", at least one; equal scores are taken by position.
    """
    values = np.asarray(lookup.scores(score_set.artifact), np.float64)
    dataset = lookup.dataset(score_set.version.artifact)
    inside = np.ones(len(values), bool)
    if lo is not None:
        inside &= values >= lo
    if hi is not None:
        inside &= (values <= hi) if hi >= values.max(initial=-np.inf) else (values < hi)
    if domain:
        inside &= dataset.domain_codes() == dataset.domains.index(domain)
    if share is not None and end:
        inside &= _end(values, end, share)
    found = np.flatnonzero(inside)
    keys = -values[found] if (order or end) == "high" else values[found]
    found = found[np.argsort(keys, kind="stable")]
    shown = Paginator(found, PAGE).get_page(page)
    rows = [{**clipped(row), "score": float(values[row["position"]])} for row in dataset.rows_at(shown.object_list)]
    return Found(shown, rows, len(found), len(values))


def _end(values: np.ndarray, end: str, share: float) -> np.ndarray:
    """bool (n,): the ``share`` per cent at one end."""
    count = max(1, math.ceil(len(values) * share / 100 - 1e-9))
    first = np.argsort(-values if end == "high" else values, kind="stable")[:count]
    chosen = np.zeros(len(values), bool)
    chosen[first] = True
    return chosen

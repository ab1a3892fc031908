"""Reads on datasets: lists, a version's facts, and its samples by page, domain and word."""

import time
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from apps.accounts.models import Project
from apps.common import lookup
from apps.datasets.models import Dataset, DatasetVersion
from apps.jobs.models import Artifact
from apps.scores.models import ScoreSet
from gradatim.corpora import search, store

PAGE = 20
#: Characters of one sample on a list page; the sample's own page has them all.
SHOWN_TEXT = 4000
#: Characters or lines from which a text is folded away behind "Show all".
LONG = 600


def datasets_of(project: Project) -> QuerySet[Dataset]:
    """All datasets with their versions, by name."""
    return project.datasets.prefetch_related("versions__artifact", "versions__job").order_by("name")


def with_newest(datasets: Page) -> Page:
    """Each with its newest version in ``dataset.newest`` and the number of them."""
    for dataset in datasets:
        versions = sorted(dataset.versions.all(), key=lambda version: version.number)
        dataset.newest = versions[-1] if versions else None
        dataset.version_count = len(versions)
    return datasets


def domains_of(version: DatasetVersion) -> list[dict]:
    """name, rows, bytes, held_out and the share of bytes of every domain, largest first."""
    meta = version.artifact.meta if version.artifact else {}
    total = meta.get("bytes") or 1
    rows = [
        {"name": name, **values, "share": values["bytes"] / total} for name, values in meta.get("domains", {}).items()
    ]
    return sorted(rows, key=lambda row: -row["bytes"])


def tokens_of(version: DatasetVersion) -> list[dict]:
    """Per tokenizer: the tokenized row and, where it is finished, its tokens, tokens a sample and bytes a token."""
    found = []
    for row in version.tokenized.select_related("tokenizer", "job", "artifact").order_by("tokenizer__name"):
        tokens = row.artifact.meta["tokens"] if row.artifact else None
        facts = {"row": row, "tokens": tokens}
        if tokens and version.artifact:
            facts |= {
                "per_sample": tokens / version.artifact.meta["rows"],
                "bytes_per_token": version.artifact.meta["bytes"] / tokens,
            }
        found.append(facts)
    return found


def previous_of(version: DatasetVersion) -> DatasetVersion | None:
    """The newest finished version before this one."""
    earlier = version.dataset.versions.filter(number__lt=version.number, artifact__isnull=False)
    return earlier.select_related("artifact").order_by("-number").first()


@dataclass(frozen=True, slots=True)
class Samples:
    """One page of a version's samples; ``rows`` are dicts as :meth:`gradatim.corpora.store.Dataset.rows_at` gives them.

    ``total`` of the samples between the positions ``start`` and ``stop`` match; a search that stopped before the ``end``
    of the version goes on at ``stop``.
    """

    page: object
    rows: list[dict]
    total: int
    start: int
    stop: int
    end: int

    @property
    def is_all(self) -> bool:
        return self.start == 0 and self.stop == self.end


def samples(
    artifact: Artifact,
    *,
    word: str = "",
    domain: str = "",
    scores: Artifact | None = None,
    descending: bool = False,
    page: str | int = 1,
    start: int = 0,
) -> Samples:
    """The samples of a domain, or those that contain a word (any case), or all; in import order or by a score.

    A word is searched from the position ``start`` on, as far as one request may read. With ``scores`` each row has its
    ``score``; rows without one (NaN) come last either way.
    """
    dataset = lookup.dataset(artifact)
    positions, start, stop = range(dataset.rows), min(start, dataset.rows), dataset.rows
    if word or domain:
        positions, stop = _matching(dataset, word, domain, start)
    else:
        start = 0
    values = lookup.scores(scores) if scores else None
    if values is not None:
        positions = sorted_by(values, np.asarray(positions, dtype=np.int64), descending)
    found = Paginator(positions, PAGE).get_page(page)
    rows = [clipped(row) for row in dataset.rows_at(list(found.object_list))]
    if values is not None:
        for row in rows:
            row["score"] = float(values[row["position"]])
    return Samples(found, rows, len(positions), start, stop, dataset.rows)


def sorted_by(values: np.ndarray, positions: np.ndarray, descending: bool) -> np.ndarray:
    """``positions`` by their values; equal ones stay in their order, NaN comes last."""
    keys = np.asarray(values[positions], dtype=np.float32)
    return positions[np.argsort(-keys if descending else keys, kind="stable")]


def clipped(row: dict) -> dict:
    """The row with its text cut to what a list shows; ``whole`` says whether that is all of it."""
    text = row["text"]
    shown = text[:SHOWN_TEXT]
    long = len(shown) > LONG or shown.count("\n") > 6 or len(row["prompt"] or "") > LONG
    return {**row, "text": shown, "whole": len(shown) == len(text), "long": long}


def sample(version: DatasetVersion, position: int) -> dict | None:
    """One whole sample; None where the version has no such position."""
    dataset = lookup.dataset(version.artifact)
    return dataset.rows_at([position])[0] if position < dataset.rows else None


def scores_at(version: DatasetVersion, position: int) -> list[tuple[ScoreSet, float]]:
    """What every finished score set of the version says of one sample."""
    sets = version.score_sets.filter(artifact__isnull=False).select_related("artifact")
    return [(row, float(lookup.scores(row.artifact)[position])) for row in sets]


def _matching(samples: store.Dataset, word: str, domain: str, start: int) -> tuple[np.ndarray, int]:
    """What matches from ``start`` on, and the position at which the search stopped: a request reads only so much."""
    until, read, stop = time.monotonic() + settings.SEARCH_SECONDS, 0, start
    found = [np.empty(0, dtype=np.int64)]
    for part in search.search(samples, word=word, domain=domain, start=start):
        found.append(part.positions)
        read, stop = read + part.bytes, part.stop
        if read >= settings.SEARCH_BYTES or time.monotonic() > until:
            break
    return np.concatenate(found), stop

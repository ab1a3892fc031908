"""Writes on series: batches go in, what a lost attempt measured too much goes out. Idempotent on (run, metric, step)."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from apps.metrics import codec, summaries
from apps.metrics.codec import Columns
from apps.metrics.models import Chunk, Series
from apps.runs.models import Run

Batch = Mapping[str, tuple[Sequence[int], Sequence[int], Sequence[float], Sequence[float]]]
NAME_CHARACTERS = Series._meta.get_field("name").max_length


def append(*, run: Run, batch: Batch) -> int:
    """:func:`append_columns` of ``{name: (steps, tokens, times, values)}``."""
    return append_columns(run=run, columns={name: Columns.of(*given) for name, given in batch.items()})


@transaction.atomic
def append_columns(*, run: Run, columns: Mapping[str, Columns]) -> int:
    """Add points by the name of their series, and return how many were new.

    A step that a series has already stays as it is, so that a batch may come twice or overlap with another. The order
    within a batch does not matter; of one step given twice the first counts.
    """
    columns = {name: _in_order(given) for name, given in columns.items() if len(given)}
    if not columns:
        return 0
    if long := next((name for name in columns if len(name) > NAME_CHARACTERS), None):
        raise ValueError(f"a metric's name has at most {NAME_CHARACTERS} characters: {long[:50]}...")
    series = _locked(run, columns)
    new = {series[name]: points for name, points in columns.items()}
    stored = _from(series.values(), {pk: int(points.steps[0]) for pk, points in new.items()})
    added, replaced, rows, grown = 0, [], [], {}
    for pk, points in new.items():
        chunks = stored.get(pk, [])
        merged, count = _merge(Columns.joined([codec.decode(chunk.data) for chunk in chunks]), points)
        if count:
            added += count
            grown[pk] = merged
            fresh = _chunks(pk, merged)
            rows += fresh
            first_steps = {row.first_step for row in fresh}
            replaced += [chunk.pk for chunk in chunks if chunk.first_step not in first_steps]
    _write(rows, replaced)
    summaries.add(grown)
    return added


@transaction.atomic
def cut_after(*, run: Run, step: int) -> None:
    """Remove every point of the run after ``step``: the work went on from there and measures the rest again."""
    series = Series.objects.select_for_update(no_key=True).filter(run=run).order_by("id")
    series = list(series.values_list("pk", flat=True))
    later = Chunk.objects.filter(series__run=run)
    later.filter(first_step__gt=step).delete()
    rows = []
    for chunk in later.filter(last_step__gt=step):
        points = codec.decode(chunk.data)
        rows += _chunks(chunk.series_id, points.take(slice(0, np.searchsorted(points.steps, step, "right"))))
    _write(rows, [])
    summaries.anew(series)
    Series.objects.filter(pk__in=series).update(written=F("written") + 1)


def _in_order(points: Columns) -> Columns:
    steps, index = np.unique(points.steps, return_index=True)
    return points if len(steps) == len(points) and np.array_equal(steps, points.steps) else points.take(index)


def _merge(old: Columns, new: Columns) -> tuple[Columns, int]:
    """Both in step order, and how many of the new points were not among the old."""
    if len(old) and new.steps[0] <= old.steps[-1]:
        new = new.take(~np.isin(new.steps, old.steps))
        if not len(new):
            return old, 0
        both = Columns.joined([old, new])
        return both.take(np.argsort(both.steps, kind="stable")), len(new)
    return Columns.joined([old, new]) if len(old) else new, len(new)


def _locked(run: Run, names: Iterable[str]) -> dict[str, object]:
    """The ids of the run's series by name, made where they are new, locked in one order for all writers."""
    rows = Series.objects.select_for_update(no_key=True).filter(run=run, name__in=list(names)).order_by("id")
    known = dict(rows.values_list("name", "pk"))
    if missing := [name for name in names if name not in known]:
        Series.objects.bulk_create([Series(run=run, name=name) for name in missing], ignore_conflicts=True)
        known = dict(rows.all().values_list("name", "pk"))
    return known


def _from(series: Iterable, first_new: dict) -> dict[object, list[Chunk]]:
    """By series, the chunks that new points touch: its last one, and all that hold steps from the first new one on.

    To the end, so that every chunk but the last stays full.
    """
    last = Chunk.objects.filter(series=OuterRef("pk")).order_by("-first_step").values("pk")[:1]
    tails = Series.objects.filter(pk__in=series).annotate(tail=Subquery(last)).values("tail")
    found = {tail.series_id: [tail] for tail in Chunk.objects.filter(pk__in=tails)}
    late = Q()
    for pk, (tail,) in found.items():
        if first_new[pk] < tail.first_step:
            late |= Q(series=pk, last_step__gte=first_new[pk], first_step__lt=tail.first_step)
    if late:
        for chunk in Chunk.objects.filter(late).order_by("series", "-first_step"):
            found[chunk.series_id].insert(0, chunk)
    # A full tail that nothing overlaps is finished: it need not be read again.
    return {pk: chunks for pk, chunks in found.items() if not _finished(chunks[-1], first_new[pk])}


def _finished(tail: Chunk, first_new: int) -> bool:
    return tail.count >= codec.CHUNK and first_new > tail.last_step


def _chunks(series, points: Columns) -> list[Chunk]:
    rows = []
    for start in range(0, len(points), codec.CHUNK):
        part = points.take(slice(start, start + codec.CHUNK))
        finite = part.values[np.isfinite(part.values)]
        rows.append(
            Chunk(
                series_id=series,
                first_step=int(part.steps[0]),
                last_step=int(part.steps[-1]),
                count=len(part),
                minimum=float(finite.min()) if len(finite) else None,
                maximum=float(finite.max()) if len(finite) else None,
                data=codec.encode(part),
            )
        )
    return rows


def _write(rows: list[Chunk], replaced: list[int]) -> None:
    """One statement writes grown tails over themselves and adds new chunks."""
    if replaced:
        Chunk.objects.filter(pk__in=replaced).delete()
    Chunk.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["series", "first_step"],
        update_fields=["last_step", "count", "minimum", "maximum", "data"],
    )

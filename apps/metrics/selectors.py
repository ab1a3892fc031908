"""Reads on series. How many queries depends on neither the number of runs nor of metrics: one for series, one for chunks."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import numpy as np
from django.db.models import Q

from apps.metrics import codec, overviews
from apps.metrics.codec import Columns
from apps.metrics.models import Chunk, Series
from apps.runs.models import Run


@dataclass(frozen=True, slots=True)
class Read:
    """Points of one series for drawing; ``total`` is how many it has in the asked range before thinning."""

    points: Columns
    total: int


def read(
    run_ids: Iterable[UUID],
    names: Sequence[str],
    *,
    max_points: int | None = 1000,
    x: Literal["tokens", "steps"] = "tokens",
    start: float | None = None,
    stop: float | None = None,
    parts: Callable | None = None,
    settled: Collection[UUID] = (),
) -> dict[tuple[UUID, str], Read]:
    """Series of several runs by (run id, name), each at most ``max_points`` long (None: every point).

    A name that ends in ``/*`` stands for all that start with it. Of a thinned series the first, the last, the smallest
    and the largest point are kept, and where values are not numbers so that a line breaks there. ``start`` and ``stop``
    bound ``x``, both included. ``parts`` reads another place than the tables, as :func:`parts_of` reads these. Of
    ``settled`` runs, which are over, overviews are kept. The caller has checked that the runs may be seen.
    """
    if settled and parts is None and start is None and stop is None and max_points == overviews.POINTS:
        return _with_overviews(run_ids, names, x, settled)
    steps = (start, stop) if x == "steps" else (None, None)
    found = {}
    for key, chunks in (parts or parts_of)(run_ids, names, *steps).items():
        points = _within(_joined(chunks), x, start, stop)
        found[key] = Read(thin(points, max_points, x), len(points))
    return found


def parts_of(
    run_ids: Iterable[UUID], names: Sequence[str], start: float | None, stop: float | None
) -> dict[tuple[UUID, str], list[bytes]]:
    """The chunks of each series in step order, of those that have points between two steps."""
    series = _series(run_ids, names)
    chunks = _chunks(series, **_bounds(start, stop))
    return {(run, name): chunks[pk] for pk, (run, name, _) in series.items()}


def _with_overviews(
    run_ids: Iterable[UUID], names: Sequence[str], x: str, settled: Collection[UUID]
) -> dict[tuple[UUID, str], Read]:
    """Each series whole, thinned to an overview's points."""
    series = _series(run_ids, names)
    written = {pk: version for pk, (run, _, version) in series.items() if run in settled}
    lines = overviews.kept(x, written)
    chunks = _chunks([pk for pk in series if pk not in lines])
    read = {pk: _joined(data) for pk, data in chunks.items()}
    fresh = {pk: (thin(points, overviews.POINTS, x), len(points)) for pk, points in read.items()}
    overviews.keep(x, written, {pk: line for pk, line in fresh.items() if pk in written})
    lines |= fresh
    return {(run, name): Read(*lines[pk]) for pk, (run, name, _) in series.items()}


def _series(run_ids: Iterable[UUID], names: Sequence[str]) -> dict[UUID, tuple[UUID, str, int]]:
    """(run id, name, how often written) by id, by name and run."""
    rows = Series.objects.filter(named(names), run__in=list(run_ids)).order_by("name", "run_id")
    return {pk: said for pk, *said in rows.values_list("pk", "run_id", "name", "written")}


def _chunks(series: Iterable[UUID], **bounds: float) -> dict[UUID, list[bytes]]:
    """The chunks of each series in step order; one query, none where there is no series."""
    parts: dict[UUID, list[bytes]] = {pk: [] for pk in series}
    rows = Chunk.objects.filter(series__in=list(parts), **bounds).order_by("series_id", "first_step")
    for pk, data in rows.values_list("series_id", "data"):
        parts[pk].append(data)
    return parts


def _joined(chunks: list[bytes]) -> Columns:
    return Columns.joined([codec.decode(data) for data in chunks])


def named(names: Sequence[str]) -> Q:
    """Rows whose ``name`` is one of these; one that ends in ``/*`` stands for all that start with it."""
    wanted = Q(name__in=[name for name in names if not name.endswith("/*")])
    for name in names:
        if name.endswith("/*"):
            wanted |= Q(name__startswith=name[:-1])
    return wanted


def names(run_ids: Iterable[UUID]) -> list[str]:
    """Every metric that one of the runs has, sorted."""
    return list(Series.objects.filter(run__in=list(run_ids)).order_by("name").values_list("name", flat=True).distinct())


def latest(run: Run, name: str) -> tuple[int, int, float, float] | None:
    """(step, tokens, time, value) of the last point; None where there is none."""
    rows = Chunk.objects.filter(series__run=run, series__name=name).order_by("-first_step")
    data = rows.values_list("data", flat=True).first()
    if data is None:
        return None
    points = codec.decode(data)
    return int(points.steps[-1]), int(points.tokens[-1]), float(points.times[-1]), float(points.values[-1])


def last_values(run_ids: Iterable[UUID], names: Sequence[str]) -> dict[tuple[UUID, str], float]:
    """The last value of each series, where that is a number, by (run id, name); one query."""
    return {key: last for key, (last, _, _) in summaries(run_ids, names).items() if last is not None}


def summaries(run_ids: Iterable[UUID], names: Sequence[str]) -> dict[tuple[UUID, str], tuple]:
    """(last, lowest, highest) of each series, None where there is no such value, by (run id, name); one query, no chunk is read."""
    rows = Series.objects.filter(run__in=run_ids, name__in=names).order_by()
    return {(run, name): said for run, name, *said in rows.values_list("run_id", "name", "last", "lowest", "highest")}


def values_at(run_ids: Iterable[UUID], name: str, at: int, x: Literal["tokens", "steps"]) -> dict[UUID, float]:
    """By run the last value measured until ``at``, of those whose series goes that far. Steps read one chunk a run, tokens all of them."""
    chunks = Chunk.objects.filter(series__run__in=run_ids, series__name=name)
    reached = None
    rows = chunks.order_by("series_id", "first_step")
    if x == "steps":
        reached = set(chunks.filter(last_step__gte=at).order_by().values_list("series__run_id", flat=True).distinct())
        rows = chunks.filter(first_step__lte=at).order_by("series_id", "-first_step").distinct("series_id")
    found, ends = {}, {}
    read = rows.values_list("series__run_id", "data")
    for run, data in read.iterator() if reached is None else read:
        points = codec.decode(data)
        places = points.tokens if x == "tokens" else points.steps
        ends[run] = int(places[-1])
        if count := int(np.searchsorted(places, at, "right")):
            found[run] = float(points.values[count - 1])
    reached = {run for run, end in ends.items() if end >= at} if reached is None else reached
    return {run: value for run, value in found.items() if run in reached and value == value}


def thin(points: Columns, max_points: int | None, x: Literal["tokens", "steps"] = "tokens") -> Columns:
    """At most ``max_points`` (10 or more) of the points, chosen to look like all of them."""
    if max_points is None or len(points) <= max_points:
        return points
    from tsdownsample import MinMaxLTTBDownsampler

    finite = np.flatnonzero(np.isfinite(points.values))
    gaps = np.setdiff1d(np.arange(len(points)), finite, assume_unique=True)
    # The first of each stretch without numbers is enough to break the line.
    gaps = gaps[np.diff(gaps, prepend=-2) > 1][: max_points // 10]
    kept = [gaps]
    room = max_points - len(gaps) - 2
    if len(finite) > room:
        values = points.values[finite]
        at = (points.tokens if x == "tokens" else points.steps)[finite]
        # Its last step may drop the extremes that its first step kept.
        kept += [finite[[values.argmin(), values.argmax()]]]
        at, values = np.ascontiguousarray(at), np.ascontiguousarray(values)
        finite = finite[MinMaxLTTBDownsampler().downsample(at, values, n_out=room).astype(np.int64)]
    return points.take(np.unique(np.concatenate([*kept, finite])))


def _bounds(start: float | None, stop: float | None) -> dict:
    bounds = {}
    if start is not None:
        bounds["last_step__gte"] = start
    if stop is not None:
        bounds["first_step__lte"] = stop
    return bounds


def _within(points: Columns, x: str, start: float | None, stop: float | None) -> Columns:
    if start is None and stop is None:
        return points
    at = points.tokens if x == "tokens" else points.steps
    inside = np.ones(len(points), bool)
    if start is not None:
        inside &= at >= start
    if stop is not None:
        inside &= at <= stop
    return points.take(inside)

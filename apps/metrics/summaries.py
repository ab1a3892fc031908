"""What tables ask of a series without reading its chunks: its last, lowest and highest value, kept beside its name.

Written with the points, in the same transaction. A last value that is no number is none; the others are of finite values.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

import numpy as np
from django.db import connection

from apps.metrics import codec
from apps.metrics.codec import Columns
from apps.metrics.models import Chunk

_ADDED = """
UPDATE metrics_series AS kept SET last = new.last, lowest = LEAST(kept.lowest, new.lowest), highest = GREATEST(kept.highest, new.highest),
    written = kept.written + 1
FROM unnest(%s::uuid[], %s::float8[], %s::float8[], %s::float8[]) AS new (id, last, lowest, highest) WHERE kept.id = new.id
"""
_ANEW = """
UPDATE metrics_series AS kept SET last = new.last, lowest = bounds.lowest, highest = bounds.highest
FROM unnest(%s::uuid[], %s::float8[]) AS new (id, last)
LEFT JOIN LATERAL (SELECT min(minimum) AS lowest, max(maximum) AS highest FROM metrics_chunk WHERE series_id = new.id) AS bounds ON true
WHERE kept.id = new.id
"""


def add(points: Mapping[UUID, Columns]) -> None:
    """By series points that now stand in its chunks, to its last one; it is written to."""
    rows = [(pk, last_of(given), *_bounds(given)) for pk, given in points.items()]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_ADDED, [list(column) for column in zip(*rows, strict=True)])


def anew(series: Iterable[UUID]) -> None:
    """From the chunks as they are; what a series without any has is nothing."""
    series = list(series)
    rows = Chunk.objects.filter(series__in=series).order_by("series_id", "-first_step").distinct("series_id")
    last = {pk: last_of(codec.decode(data)) for pk, data in rows.values_list("series_id", "data")}
    with connection.cursor() as cursor:
        cursor.execute(_ANEW, [series, [last.get(pk) for pk in series]])


def last_of(points: Columns) -> float | None:
    value = float(points.values[-1])
    return None if value != value else value


def _bounds(points: Columns) -> tuple[float | None, float | None]:
    finite = points.values[np.isfinite(points.values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (None, None)

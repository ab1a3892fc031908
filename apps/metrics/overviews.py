"""Long series as charts draw them, kept once their run is over: reading the points chosen takes a tenth of reading all of them.

An overview holds as long as its series is not written to. It is made by whoever first reads the series whole, and that it cannot be
kept (a full disk) is no reason not to show the chart.
"""

import logging
from collections.abc import Mapping
from uuid import UUID

from django.db import DatabaseError, transaction

from apps.metrics import codec
from apps.metrics.codec import Columns
from apps.metrics.models import Overview

#: Points of an overview, and those that a series has at least for one to be worth while: a shorter one is two chunks.
POINTS, LEAST = 1000, 2 * codec.CHUNK
_log = logging.getLogger(__name__)


def kept(x: str, written: Mapping[UUID, int]) -> dict[UUID, tuple[Columns, int]]:
    """By series the points chosen along ``x`` and how many there are, where an overview holds; ``written`` is that of each series. One query."""
    rows = Overview.objects.filter(series__in=list(written), x=x).values_list("series_id", "written", "data", "total")
    return {pk: (codec.decode(data), total) for pk, version, data, total in rows if version == written[pk]}


def keep(x: str, written: Mapping[UUID, int], chosen: Mapping[UUID, tuple[Columns, int]]) -> None:
    """As :func:`kept` gives them. ``written`` was read before the points were, so that none is kept as newer than it is."""
    rows = [
        Overview(series_id=pk, x=x, written=written[pk], total=total, data=codec.encode(points))
        for pk, (points, total) in chosen.items()
        if total > LEAST
    ]
    if not rows:
        return
    try:
        with transaction.atomic():
            Overview.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["series", "x"], update_fields=["written", "total", "data"]
            )
    except DatabaseError:
        _log.warning("overviews of %d series could not be kept", len(rows), exc_info=True)

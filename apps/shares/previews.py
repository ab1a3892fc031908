"""The pictures of share links, kept: one is drawn when it would show something else, and at most once a minute a link.

Drawing takes seconds where many runs are compared, and whoever has a link's address may ask without end.
"""

import hashlib
import json
import time
from datetime import timedelta

from django.db.models import Max, Q, Sum
from django.utils import timezone

from apps.common.visitors import MINUTE
from apps.metrics.models import Chunk
from apps.shares import unfurls
from apps.shares.models import Picture, ShareLink
from apps.shares.selectors import shared_runs

#: So long whoever asks waits for one that is being drawn, and so often it is looked whether it is there.
PATIENCE, LOOK = 8.0, 0.2


def picture_of(link: ShareLink) -> bytes | None:
    """A PNG; that of a minute ago where points have come since, None where the first one is still being drawn."""
    shown, (kept, _) = _shown(link), Picture.objects.get_or_create(link=link)
    if kept.png and kept.shown == shown:
        return bytes(kept.png)
    before = timezone.now() - timedelta(seconds=MINUTE)
    mine = Picture.objects.filter(Q(begun_at=None) | Q(begun_at__lt=before), link=link)
    if not mine.update(begun_at=timezone.now()):
        return bytes(kept.png) or _drawn_by_another(link)
    try:
        picture = unfurls.picture_of(link)
    except BaseException:
        Picture.objects.filter(link=link).update(begun_at=None)
        raise
    Picture.objects.filter(link=link).update(png=picture, shown=shown)
    return picture


def _drawn_by_another(link: ShareLink) -> bytes | None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if png := Picture.objects.values_list("png", flat=True).get(link=link):
            return bytes(png)
        time.sleep(LOOK)
    return None


def _shown(link: ShareLink) -> str:
    """Differs where the picture would: other names, states or evaluations (without any, it draws training losses). What is frozen shows the same for ever."""
    if link.frozen_at:
        return "frozen"
    runs = shared_runs(link)
    chunks = Chunk.objects.filter(series__run__in=[run.pk for run in runs]).order_by().values("series")
    points = chunks.annotate(n=Sum("count"), last=Max("last_step")).order_by("series")
    points = points.filter(series__name__startswith="eval/") or points.filter(series__name="train/loss")
    said = [[run.name, run.job.status] for run in runs]
    said += [[str(row["series"]), row["n"], row["last"]] for row in points]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()

"""Metric series, kept as chunks: a run writes thousands of points a minute, a comparison reads fifty runs at once."""

from django.db import models

from apps.accounts.models import in_project
from apps.common.models import Row
from apps.runs.models import Run


class Series(Row):
    """One metric of one run: ``train/loss``, ``weights/planned/<stream>``, ``eval/<suite>/<domain>/<measure>``.

    ``last``, ``lowest`` and ``highest`` are what its chunks say (:mod:`apps.metrics.summaries`): tables sort by them.
    ``written`` counts how often its points changed.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="series")
    name = models.CharField(max_length=200)
    last = models.FloatField(null=True)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    written = models.BigIntegerField(default=0, db_default=0)

    objects = in_project("run__project")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="one_series_a_name")]


class Chunk(models.Model):
    """Up to 1,024 points of a series in step order; the last chunk is the tail that later batches fold into.

    ``data`` holds the compressed columns step (int64), tokens (int64), time (float64), value (float64 as given).
    """

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(Series, models.CASCADE, related_name="chunks")
    first_step = models.BigIntegerField()
    last_step = models.BigIntegerField()
    count = models.PositiveIntegerField()
    minimum = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
    data = models.BinaryField()

    class Meta:
        ordering = ["first_step"]
        constraints = [models.UniqueConstraint(fields=["series", "first_step"], name="one_chunk_a_step")]


class Overview(models.Model):
    """The points of a series that charts draw along ``x``; see :mod:`apps.metrics.overviews`.

    ``written`` is that of the series when they were chosen of its ``total``; ``data`` is as in a chunk.
    """

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(Series, models.CASCADE, related_name="overviews")
    x = models.CharField(max_length=6, choices={"tokens": "tokens", "steps": "steps"})
    written = models.BigIntegerField()
    total = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "x"], name="one_overview_an_axis")]

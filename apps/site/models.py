"""Signs of life of an installation's processes."""

from django.db import models


class Sign(models.Model):
    """The last sign of life of one process: ``part`` is "scheduler" or the queue that a worker serves."""

    part = models.CharField(max_length=16)
    process = models.CharField(max_length=200)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "process"], name="one_sign_a_process")]

"""Jobs: the one truth about work. Domain rows have a job and no status of their own."""

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Row


class Status(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: Kind (and queue) of jobs whose work nobody here does: :mod:`apps.jobs.elsewhere`.
ELSEWHERE = "elsewhere"
TERMINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


class Priority(models.IntegerChoices):
    """Smaller is sooner."""

    HIGH = 0
    NORMAL = 1
    LOW = 2


class Artifact(Row):
    """A complete file artifact in the storage root, under ``<kind>/<digest>/``."""

    kind = models.CharField(max_length=32)
    digest = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    meta = models.JSONField(default=dict)


class Job(Row):
    """One piece of work: queued -> running -> succeeded | failed | cancelled; running -> queued when a worker is lost.

    Only :mod:`apps.jobs.status` writes ``status``, by conditional UPDATE. ``kind`` names the worker's adapter. ``seen_at``: when
    whoever asked for it took notice of its end (:mod:`apps.jobs.notices`).
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    queue = models.CharField(max_length=16)
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="parts")
    after = models.ManyToManyField("self", symmetrical=False, related_name="before")
    retry_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="retries")

    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=200, blank=True)
    attempts_counted = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)

    phase = models.CharField(max_length=100, blank=True)
    done = models.FloatField(null=True)
    total = models.FloatField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    rate = models.FloatField(null=True)

    reason = models.TextField(blank=True)
    reference = models.CharField(max_length=12, blank=True)
    traceback = models.TextField(blank=True)

    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    objects = in_project()

    class Meta:
        ordering = ["created_at"]
        indexes = [
            models.Index(
                "created_by", name="job_news", condition=models.Q(finished_at__isnull=False, seen_at__isnull=True)
            ),
            models.Index("queue", "priority", "created_at", name="job_claim", condition=models.Q(status=Status.QUEUED)),
            models.Index("lease_until", name="job_lease", condition=models.Q(status=Status.RUNNING)),
            models.Index("project", "created_at", name="job_project"),
        ]

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL


class Attempt(Row):
    """One try of a job by one worker. ``outcome`` is empty while it runs.

    ``worker`` names the process that claimed it, ``node`` the worker that this belongs to (:class:`Worker`), and
    ``peak_memory`` is the most memory in bytes that its child held at once.
    """

    class Outcome(models.TextChoices):
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"
        LOST = "lost"
        RETURNED = "returned"

    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    lease = models.UUIDField(unique=True)
    worker = models.CharField(max_length=200)
    node = models.CharField(max_length=200, blank=True, db_default="")
    folder = models.CharField(max_length=500, blank=True)
    pid = models.IntegerField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    peak_memory = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    reason = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_attempt_a_number")]
        indexes = [models.Index("node", name="attempt_node", condition=models.Q(outcome=""))]


class Worker(Row):
    """A worker that announced itself: ``machine`` says what it runs on, ``load`` how busy that was at the last sign.

    While ``draining`` it finishes what it has and claims nothing. ``gone_at``: when it ended in good order.
    """

    name = models.CharField(max_length=200, unique=True)
    queues = models.JSONField(default=list)
    slots = models.PositiveSmallIntegerField(default=1)
    version = models.CharField(max_length=32, blank=True)
    machine = models.JSONField(default=dict)
    load = models.JSONField(default=dict)
    draining = models.BooleanField(default=False)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]


class LogLine(models.Model):
    """What the work said, append-only; ``id`` is the reading position."""

    id = models.BigAutoField(primary_key=True)
    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    level = models.CharField(max_length=10)
    text = models.TextField()

    class Meta:
        ordering = ["id"]

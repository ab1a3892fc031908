"""Jobs for tests, queued by the service."""

from apps.jobs import claims, endings, services
from apps.jobs.models import Job


def job(project, by, title="Import prose", queue="cpu", **more) -> Job:
    return services.enqueue(project=project, kind=more.pop("kind", "fake"), title=title, queue=queue, by=by, **more)


def claim(queue="cpu", worker="host/cpu/1") -> claims.Claim | None:
    return claims.claim_next(queue=queue, worker=worker)


def succeed(held: claims.Claim) -> None:
    endings.succeed(held, stored={}, finish=lambda job, artifacts: None)


def outcomes(job: Job) -> list[str]:
    return list(job.attempts.order_by("number").values_list("outcome", flat=True))

"""What else the points of a run can be laid along: its samples, and what happened to it."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from apps.jobs.models import Attempt
from apps.runs.models import Run

RESUMED, DIFFERS = "resumed", "order differs"


def samples_of(run: Run) -> tuple[list[int], list[int]] | None:
    """(tokens, samples) at the borders of the run's phases, between which samples are counted evenly; None without a plan that says so."""
    phases = (run.plan.artifact.meta.get("phases") if run.plan.artifact else None) or []
    if not phases or any("stop" not in phase or "planned_tokens" not in phase for phase in phases):
        return None
    tokens, samples = [0], [phases[0].get("start", 0)]
    for phase in phases:
        tokens.append(tokens[-1] + phase["planned_tokens"])
        samples.append(phase["stop"])
    return tokens, samples


def events_of(runs: Sequence[Run]) -> dict[UUID, list[dict]]:
    """By run: where another attempt went on, at its time, and the first step that consumed something else than planned; one query."""
    found = defaultdict(list)
    jobs = {run.job_id: run.pk for run in runs if run.kept is None}
    again = Attempt.objects.filter(job__in=jobs, number__gt=1).values_list("job", "created_at")
    for job, at in again.order_by("number"):
        found[jobs[job]].append({"name": RESUMED, "time": at.timestamp()})
    for run in runs:
        if run.kept:
            found[run.pk] += [{"name": RESUMED, "time": at} for at in run.kept.resumed]
        if step := (run.certificate or {}).get("first_difference"):
            found[run.pk].append({"name": DIFFERS, "step": step})
    return dict(found)

"""What the page of workers shows: each with its state in words, what it has in hand, and how busy its devices are."""

from dataclasses import dataclass

from django.conf import settings

from apps.accounts.models import User
from apps.jobs import nodes, selectors
from apps.jobs.models import Attempt, Job, Worker


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """``hidden``: how many of the jobs in hand belong to projects that the person does not see."""

    worker: Worker
    attempts: list[Attempt]
    hidden: int

    @property
    def state(self) -> str:
        if self.worker.gone_at:
            return "ended"
        if not self.worker.alive:
            return "silent"
        if self.worker.draining:
            return "draining" if self.busy else "drained"
        return "busy" if self.busy else "idle"

    @property
    def busy(self) -> int:
        return len(self.attempts) + self.hidden

    @property
    def gpus(self) -> list[dict]:
        """Each GPU's name and memory with its load of the last sign: {name, memory, used, utilisation}."""
        known, loads = self.worker.machine.get("gpus") or [], self.worker.load.get("gpus") or []
        return [
            {"name": gpu["name"], "memory": gpu["memory"], "used": load.get("memory"), "busy": load.get("utilisation")}
            for gpu, load in zip(known, [*loads, *({} for _ in known[len(loads) :])], strict=False)
        ]


def listed(user: User) -> dict:
    """The context of the page: the workers, and queues that have work and nobody to do it."""
    rows = list(nodes.workers())
    in_hand = nodes.running_on(rows)
    seen = set(Job.objects.visible_to(user).filter(status="running").values_list("pk", flat=True))
    shown = []
    for row in rows:
        attempts = in_hand.get(row.name, [])
        mine = [attempt for attempt in attempts if attempt.job_id in seen]
        shown.append(WorkerRow(row, mine, len(attempts) - len(mine)))
    waiting = selectors.claimable_counts()
    served = {queue for row in shown if row.state in ("idle", "busy") for queue in row.worker.queues}
    return {
        "workers": shown,
        "waiting": waiting,
        "unserved": {queue: n for queue, n in waiting.items() if queue not in served},
        "poll": settings.POLL_RUNNING if any(row.busy for row in shown) else settings.JOB_HEARTBEAT,
    }


def drained_in_words(worker: Worker) -> str:
    if worker.draining:
        return f"{worker.name} finishes what it has in hand and takes nothing new until it is resumed."
    return f"{worker.name} takes work again."

"""Bit for bit: what was killed at random and went on is what was never broken, in weights, series and certificate."""

import os
import random
import signal
from pathlib import Path

import pytest

from apps.jobs.models import Status
from apps.metrics import selectors as metrics
from gradatim.events import Metric
from tests.apps.jobs.making import outcomes
from tests.workers.conftest import is_running, wait_for
from tests.workers.faults.conftest import running
from workers.reading import Reader

pytestmark = pytest.mark.django_db(transaction=True)

STEPS, KILLS = 240, 3
#: Depends on the clock.
TIMED = "train/tokens_per_second"
COMPILED = pytest.mark.skipif(
    not os.environ.get("GRADATIM_COMPILED"), reason="compiling takes minutes: python -m tests.workers.faults --compiled"
)


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=[pytest.mark.slow, COMPILED])])
def test_a_run_that_is_killed_thrice_ends_as_the_unbroken_one(train, ended, trainer, compiled):
    seed = int(os.environ.get("GRADATIM_FAULT_SEED", "11"))
    at = random.Random(seed)
    third = (STEPS - 30) // KILLS
    steps = [at.randrange(k * third + 5, (k + 1) * third) for k in range(KILLS)]
    recipe = {"compile": compiled, "checkpoint_every": 7}
    broken = train(steps=STEPS, name="Broken", **recipe)
    patience = 600 if compiled else 120  # a busy machine compiles for minutes
    for step in steps:
        kill_at(broken.job, step, patience)
    ended(broken.job, seconds=patience)
    assert outcomes(broken.job) == ["lost"] * KILLS + ["succeeded"], f"seed {seed}, killed at {steps}"
    unbroken = train(steps=STEPS, name="Unbroken", **recipe)
    ended(unbroken.job, seconds=patience)
    assert outcomes(unbroken.job) == ["succeeded"]
    for run in (broken, unbroken):
        run.refresh_from_db()
        assert run.job.status == Status.SUCCEEDED
    assert broken.checkpoint.digest == unbroken.checkpoint.digest
    assert broken.certificate == unbroken.certificate and broken.certificate["matches"] is True
    assert series(broken) == series(unbroken)


def kill_at(job, step, patience):
    """Kill the current child as soon as it says that it has done the step."""
    _, child = running(job)
    attempt = job.attempts.get(outcome="")
    reader = Reader(Path(attempt.folder) / "events.jsonl")
    wait_for(lambda: any(isinstance(event, Metric) and event.step >= step for event, _ in reader.read()), patience)
    os.kill(child, signal.SIGKILL)
    reader.close()
    wait_for(lambda: not is_running(child))
    wait_for(lambda: type(attempt).objects.get(pk=attempt.pk).outcome == "lost")


def series(run):
    """{metric: (steps, tokens, values)} of all that does not depend on the clock."""
    names = [name for name in metrics.names([run.pk]) if name != TIMED]
    found = metrics.read([run.pk], names, max_points=None)
    return {
        name: tuple(getattr(found[run.pk, name].points, part).tolist() for part in ("steps", "tokens", "values"))
        for name in names
    }

"""The signature of a gap, where a run has logged accuracies beside its losses."""

from django.urls import reverse

from apps.comparisons import selectors
from apps.comparisons.selectors import View
from apps.metrics import services as metrics
from tests.apps.runs.builders import FALL, run_of


def with_accuracy(run, values, tokens=(0, 100, 200, 300, 400)):
    steps = [t // 100 for t in tokens]
    batch = {"eval/heldout/code/accuracy": (steps, list(tokens), [1000.0 + s for s in steps], values)}
    metrics.append(run=run, batch=batch)
    return run


def test_a_loss_that_falls_while_its_task_suffers_is_said(signed_in, project, alice):
    base = run_of(project, alice, "Base")
    run = with_accuracy(run_of(project, alice, base=base, losses={"code": FALL}), [0.36, 0.30, 0.33, 0.36, 0.40])
    (found,) = selectors.compare([run], View()).signatures
    assert (found.domain, found.shows, found.first_at, found.last_at) == ("code", True, 100, 200)
    assert (found.evaluations, found.measured) == (2, 4)
    client = signed_in(alice)
    page = client.get(reverse("comparisons:compare"), {"runs": run.pk}).text
    assert "Loss falls, task suffers" in page
    assert "At 2 of 4 evaluations after the shift" in page
    said = client.get(reverse("api:compare-diagnostics"), {"runs": run.pk}).json()["signatures"]
    assert [row["shows"] for row in said] == [True]


def test_only_tokens_at_which_both_were_measured_count(project, alice):
    base = run_of(project, alice, "Base")
    run = with_accuracy(run_of(project, alice, base=base, losses={"code": FALL}), [0.36, 0.30], tokens=(0, 200))
    (found,) = selectors.compare([run], View()).signatures
    assert (found.first_at, found.measured) == (200, 1)


def test_without_accuracies_and_without_a_shift_there_is_none(project, alice):
    base = run_of(project, alice, "Base")
    assert selectors.compare([run_of(project, alice, base=base)], View()).signatures == []
    assert selectors.compare([with_accuracy(run_of(project, alice), [0.3] * 5)], View()).signatures == []

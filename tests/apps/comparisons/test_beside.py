"""The gaps of what is measured beside the loss of the last weights: tasks, and averaged weights."""

import pytest
from django.urls import reverse

from apps.comparisons import selectors, tables
from apps.comparisons.selectors import View
from apps.metrics import services as metrics
from apps.shares import services as shares
from tests.apps.runs.builders import GAP, run_of


def measured(run, name, values, tokens=(0, 100, 200, 300, 400)):
    steps = [t // 100 for t in tokens]
    metrics.append(run=run, batch={name: (steps, list(tokens), [1000.0 + s for s in steps], values)})
    return run


@pytest.fixture
def run(project, alice):
    run = run_of(project, alice, base=run_of(project, alice, "Base"), losses={"prose": GAP})
    measured(run, "eval/gsm/prose/exact_match", [0.5, 0.25, 0.375, 0.5, 0.75])
    return measured(run, "eval_averaged/heldout/prose/loss", [3.25, 3.5, 2.5], tokens=(200, 300, 400))


def test_a_task_falls_below_its_level_and_recovers(run):
    task, _ = selectors.compare([run], View()).beside
    assert (task.domain, task.measure, task.level) == ("prose", "exact match in gsm", 0.5)
    assert (task.gap_depth, task.trough_at, task.recovery_at, task.net_gain) == (0.25, 100, 300, 0.25)


def test_averaged_weights_begin_at_the_level_of_the_weights_themselves(run):
    _, averaged = selectors.compare([run], View()).beside
    assert (averaged.measure, averaged.level) == ("loss of averaged weights", 3.0)
    assert (averaged.gap_depth, averaged.trough_at, averaged.recovery_at) == (0.5, 300, 400)


def test_page_shared_page_api_and_files_tell_them(run, signed_in, alice):
    compared = selectors.compare([run], View())
    client = signed_in(alice)
    page = client.get(reverse("comparisons:compare"), {"runs": run.pk}).text
    assert "Gaps of tasks and averaged weights" in page
    assert "in 2 of 2 series something was lost" in page
    _, url = shares.create_share(project=run.project, title="Shared", runs=[run.pk], by=alice)
    assert "exact match in gsm" in client.get(url[url.index("/s/") :], follow=True).text
    assert "in tasks and questions that they were asked" in page  # the dialog says what whoever has a link sees
    said = client.get(reverse("api:compare-diagnostics"), {"runs": run.pk}).json()["beside"]
    assert [row["measure"] for row in said] == ["exact match in gsm", "loss of averaged weights"]
    titles = [title[0] for title, _ in tables.sections(compared)]
    assert "Gaps of tasks and averaged weights" in titles


def test_one_domain_alone_leaves_the_others_out_and_other_losses_are_none(run):
    measured(run, "eval/heldout/code/loss", GAP)
    assert selectors.compare([run], View(domain="code")).beside == []
    measured(run, "eval/other/prose/loss", [1.0] * 5)
    measured(run, "eval/odd", [1.0] * 5)
    assert len(selectors.compare([run], View(domain="prose")).beside) == 2

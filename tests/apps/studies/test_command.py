"""``manage.py study``: forecast, what is missing, progress and findings."""

import io

import pytest
from django.core.management import CommandError, call_command

from apps.comparisons.models import Comparison
from apps.jobs.models import Job, Status
from apps.runs.models import Run
from apps.studies.management.commands import study as command
from apps.studies.models import Study
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def words(study):
    return [
        "replay",
        "base=Base: 62 % prose",
        "dataset=Standard library code",
        "tokens=24000",
        "rates=0,0.25",
        "seeds=0-1",
        "recipe_of=Code alone",
        "--project=Replay study",
    ]


def said(*words):
    output = io.StringIO()
    call_command("study", *words, stdout=output)
    return output.getvalue()


def test_a_forecast_makes_nothing(words):
    text = said(*words, "--forecast")
    assert text.startswith("Forecast 5 runs to train, 1 there already: 119 k tokens in 465 steps, about 31 min 00 s\n")
    assert "Re-warming control: Base: 62 % prose again: 1 to train, 1 there" in text
    assert not Study.objects.exists()


def test_run_again_it_makes_only_what_is_missing(words, alice):
    assert "5 runs queued, 1 there already" in said(*words)
    made = Study.objects.get()
    assert made.created_by == alice
    assert "0 runs queued, 6 there already" in said(*words)
    Job.objects.filter(run__pk=made.cells[0]["run"]).update(status=Status.CANCELLED)
    assert f"1 runs queued, 5 there already\n         http://127.0.0.1:8000/comparisons/{made.comparison_id}/" in said(
        *words
    )
    assert Study.objects.count() == Comparison.objects.count() - 1 == 1


def test_it_waits_and_then_says_the_paired_differences(words, monkeypatch):
    def work(seconds):
        for run in Run.objects.filter(job__status=Status.QUEUED).select_related("plan")[:2]:
            if not run.plan.artifact_id:
                factories.done(run.plan)
            factories.train(run, level=3.0 + 0.1 * run.seed, cost=0.2 + 0.05 * run.seed, steps=20)

    monkeypatch.setattr(command.time, "sleep", work)
    lines = said(*words, "--wait", "--tables").splitlines()
    runs = [line for line in lines if line.startswith("Runs")]
    assert runs[0] == "Runs     1 of 6 are finished, about 31 min left"
    assert runs[-1] == "Runs     6 of 6 are finished"
    assert any(line.startswith("Found") and "25 % replay less" in line and "interval" in line for line in lines)
    assert "## Over seeds" in lines


def test_what_is_wrong_is_said_with_its_parameter(words, study, alice):
    for extra, sentence in (
        (["rates=2"], "params.rates: Shares of replay"),
        (["colour"], "NAME=VALUE"),
        (["dataset=Nothing"], "params.dataset: There is no dataset version Nothing"),
        (["--by=vera"], "by: vera may not"),
        (["recipe=@/nowhere/recipe.yaml"], "params.recipe: The file /nowhere/recipe.yaml cannot be read"),
        (["--project=Elsewhere"], "project: There is no project Elsewhere"),
    ):
        with pytest.raises(CommandError, match=sentence):
            said(*words[:-1], *extra, *([] if "--project" in extra[0] else words[-1:]))
    with pytest.raises(CommandError, match="no kind of study 'other'"):
        said("other", "--project=Replay study")
    Run.objects.filter(pk=study.arms[1].pk).update(name="Base: 62 % prose")
    with pytest.raises(CommandError, match="more than one run"):
        said(*words)


def test_parameters_are_read_as_what_they_are(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("schedules: [{peak: 3e-3}]")
    typed = ["base=Base: 62 %", "orders=random,cl", "seeds=1-3", "tokens=24000", f"recipe=@{path}"]
    assert command.read("orders", typed) == {
        "base": "Base: 62 %",
        "orders": ["random", "cl"],
        "seeds": [1, 2, 3],
        "tokens": 24_000,
        "recipe": {"schedules": [{"peak": 0.003}]},
    }

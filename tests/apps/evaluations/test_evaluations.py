"""Checkpoints asked later: queued once, entered beside the series, shown on the run's page."""

import pytest
from django.urls import reverse

from apps.evaluations import services
from apps.jobs.models import Status
from apps.metrics import selectors as metrics
from gradatim.errors import UserError
from tests.apps import factories
from workers.kinds import evaluate as asking

pytestmark = pytest.mark.django_db


@pytest.fixture
def suite(study, alice):
    return factories.suite(study.project, alice)


def test_the_same_question_is_queued_once_until_it_is_answered(study, suite, alice):
    first, made = services.evaluate_run(run=study.base, suites=[suite], by=alice)
    again, made_again = services.evaluate_run(run=study.base, suites=[suite], by=alice)
    assert (made, made_again, again) == (True, False, first)
    factories.end(first.job, lines=[])
    assert services.evaluate_run(run=study.base, suites=[suite], by=alice)[1]


def test_an_evaluation_waits_for_its_run_and_for_the_tokens_of_its_datasets(study, suite, alice):
    version = factories.dataset(
        study.project, alice, "Unread", [{"id": str(k), "domain": "x", "text": f"line {k}"} for k in range(80)]
    )
    made, _ = services.evaluate_run(run=study.base, suites=[suite], versions=[version], by=alice)
    assert {job.kind for job in made.job.after.all()} == {"train", "tokenize"}
    assert made.job.status == Status.QUEUED


def test_values_stand_in_the_runs_series_and_what_was_measured_before_stays(study, suite, alice):
    done = factories.evaluation(study.base, [suite], alice, {"accuracy": 0.75})
    name = "eval/sums/small/accuracy"
    step = study.base.checkpoint.meta["step"]
    points = metrics.read([study.base.pk], [name])[study.base.pk, name].points
    assert (points.steps.tolist(), points.values.tolist()) == ([step], [0.75])
    factories.evaluation(study.base, [suite], alice, {"accuracy": 0.25})
    assert metrics.read([study.base.pk], [name])[study.base.pk, name].points.values.tolist() == [0.75]
    assert done.values[name] == 0.75


@pytest.mark.parametrize("what", ["nothing", "another project's", "a deleted checkpoint"])
def test_what_cannot_be_asked_is_refused_in_words(study, suite, alice, what):
    asked = [suite]
    if what == "nothing":
        asked = []
    elif what == "another project's":
        asked = [factories.suite(factories.ProjectFactory(), alice)]
    else:
        study.base.checkpoint_deleted_at = study.base.created_at
        study.base.save()
    with pytest.raises(UserError):
        services.evaluate_run(run=study.base, suites=asked, by=alice)
    assert not study.base.evaluations.exists()


def test_a_runs_page_asks_its_checkpoint_and_shows_what_it_answered(study, suite, alice, signed_in):
    client, page = signed_in(alice), reverse("runs:detail", args=[study.base.pk])
    assert "Evaluate its last checkpoint" in client.get(page).content.decode()
    address = reverse("evaluations:evaluate", args=[study.base.pk])
    answer = client.post(address, {"suites": [suite.pk]}, follow=True)
    assert "The evaluation is queued." in answer.content.decode()
    assert 'data-poll="' in client.get(reverse("evaluations:of-run", args=[study.base.pk])).content.decode()
    factories.end(study.base.evaluations.get().job, lines=[])
    factories.evaluation(study.base, [suite], alice, {"accuracy": 0.7512})
    shown = client.get(page).content.decode()
    assert "75.1 %" in shown
    assert "guessing: 33.3 %" in shown
    assert "75.1 %" in client.get(reverse("evaluations:detail", args=[suite.pk])).content.decode()
    nothing = client.post(address, {}, follow=True).content.decode()
    assert "Choose a suite" in nothing


def test_the_average_of_the_weights_is_asked_where_the_run_keeps_one(study, suite, alice, signed_in):
    address = reverse("evaluations:evaluate", args=[study.base.pk])
    page = reverse("runs:detail", args=[study.base.pk])
    assert 'name="weights"' not in signed_in(alice).get(page).content.decode()
    with pytest.raises(UserError, match="keeps no average") as caught:
        services.evaluate_run(run=study.base, suites=[suite], by=alice, weights="averaged")
    assert caught.value.field == "weights"
    study.base.recipe |= {"averaging": {"method": "sma"}}
    study.base.save()
    assert 'name="weights"' in signed_in(alice).get(page).content.decode()
    signed_in(alice).post(address, {"suites": [suite.pk], "weights": "averaged"})
    signed_in(alice).post(address, {"suites": [suite.pk]})
    last, averaged = study.base.evaluations.order_by("weights")[::-1]
    assert (averaged.weights, last.weights) == ("averaged", "last")
    assert "the averaged weights of" in averaged.job.title
    assert asking.prepare(averaged.job).params["weights"] == "averaged"
    assert "averaged weights" in signed_in(alice).get(page).content.decode()


def test_a_viewer_sees_answers_and_asks_nothing(study, suite, alice, vera, signed_in):
    factories.evaluation(study.base, [suite], alice, {"accuracy": 0.5})
    client = signed_in(vera)
    assert (
        "Evaluate its last checkpoint" not in client.get(reverse("runs:detail", args=[study.base.pk])).content.decode()
    )
    address = reverse("evaluations:evaluate", args=[study.base.pk])
    assert client.post(address, {"suites": [suite.pk]}).status_code == 403


def test_an_evaluation_over_the_api(study, suite, alice, signed_in):
    client, address = signed_in(alice), f"/api/v1/runs/{study.base.pk}/evaluations/"
    made = client.post(address, {"suites": [str(suite.pk)]}, content_type="application/json")
    assert made.status_code == 201, made.content
    assert client.post(address, {"suites": [str(suite.pk)]}, content_type="application/json").status_code == 200
    (listed,) = client.get(address).json()["results"]
    assert listed["values"] == {}
    assert client.get(f"/api/v1/evaluations/{listed['id']}/").json() == listed
    assert client.post(address, {}, content_type="application/json").status_code == 400


def test_a_run_with_evaluations_at_work_is_not_put_into_the_trash(study, suite, alice):
    from apps.trash import services as trash
    from apps.trash.kinds import KINDS

    arm = study.arms[1]
    made, _ = services.evaluate_run(run=arm, suites=[suite], by=alice)
    for kind, row in (("run", arm), ("suite", suite)):
        with pytest.raises(UserError, match="still"):
            trash.put(kind=KINDS[kind], row=row, by=alice)
    factories.end(made.job, lines=[])
    trash.put(kind=KINDS["suite"], row=suite, by=alice)


def test_what_an_evaluation_reads_is_not_taken_from_it(study, suite, alice):
    from apps.runs import checkpoints
    from apps.trash import needs

    made, _ = services.evaluate_run(run=study.arms[1], suites=[suite], versions=[study.prose], by=alice)
    assert checkpoints.users_of(study.arms[1]) == [f"“{made.job.title}”"]
    assert any(made.job.title in need for need in needs.of_dataset(study.prose.dataset))
    factories.end(made.job, lines=[])
    assert checkpoints.users_of(study.arms[1]) == []


def test_a_run_that_can_be_resumed_keeps_the_suites_that_it_is_asked(study, suite, alice):
    from apps.trash import needs

    run = study.arms[1]
    run.suites.set([suite])
    assert needs.of_suite(suite) == []
    run.job.status = Status.FAILED
    run.job.save()
    assert needs.of_suite(suite) == [f"the run “{run.name}” has not finished and is asked its questions"]


def test_a_run_that_did_not_finish_is_not_asked(study, suite, alice):
    run = study.arms[1]
    run.checkpoint, run.job.status = None, Status.FAILED
    run.save(), run.job.save()
    with pytest.raises(UserError, match="did not finish"):
        services.evaluate_run(run=run, suites=[suite], by=alice)


def test_answers_are_shown_after_the_checkpoint_is_gone(study, suite, alice, signed_in):
    factories.evaluation(study.base, [suite], alice, {"accuracy": 0.75})
    study.base.checkpoint, study.base.checkpoint_deleted_at = None, study.base.created_at
    study.base.save()
    page = signed_in(alice).get(reverse("runs:detail", args=[study.base.pk])).content.decode()
    assert "75.0 %" in page
    assert "Evaluate its last checkpoint" not in page


def test_tokens_that_are_there_are_not_waited_for_though_making_them_anew_failed(study, alice):
    from apps.datasets import services as datasets

    row = datasets.tokenize_version(version=study.code, tokenizer=study.tokenizer, by=alice)
    row.job.status = Status.CANCELLED
    row.job.save()
    made, _ = services.evaluate_run(run=study.base, versions=[study.code], by=alice)
    assert [job.kind for job in made.job.after.all()] == ["train"]
    assert made.job.status == Status.QUEUED

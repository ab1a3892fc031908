"""Checkpoints asked later: queued once, entered beside the series, shown on the run's page."""

import pytest
from django.urls import reverse

from apps.evaluations import services
from apps.jobs.models import Status
from apps.metrics import selectors as metrics
from gradatim.errors import UserError
from tests.apps import factories

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

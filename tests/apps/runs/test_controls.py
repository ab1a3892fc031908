"""The re-warming control: what it is, that it is found, and that it is made once."""

import copy

import pytest
from django.urls import reverse

from apps.curricula.models import CurriculumVersion
from apps.jobs.models import Job, Status
from apps.runs import controls, services
from apps.runs.models import Run
from apps.site.demo.services import create_demo
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def alone(study, alice):
    """A continuation on code alone; its control is another arm of the study."""
    return study.arms[0]


def test_a_run_on_the_bases_own_mixture_is_found_although_nobody_called_it_a_control(study, alone):
    control = study.arms[2]
    assert controls.control_of(alone) == control
    assert controls.control_of(control) == control
    assert controls.control_of(study.base) is None


def test_what_there_is_already_is_used_and_not_made_twice(study, alone, alice):
    before = Run.objects.count()
    assert controls.queue_control(run=alone, by=alice) == (study.arms[2], False)
    assert Run.objects.count() == before


def test_a_control_repeats_schedule_budget_seed_and_evaluation_on_the_bases_last_phase(study, alice):
    phases = [
        factories.phase("shift", {"code": study.code}, {"code": 1}, tokens=9_000),
        factories.phase("rest", {"code": study.code}, {"code": 1}, tokens=6_000),
    ]
    version = factories.curriculum(study.project, alice, "Code in two phases", study.tokenizer, phases)
    run = factories.run("Two phases", version, alice, [study.code], base=study.base, seed=3)
    made, queued = controls.queue_control(run=run, by=alice)
    assert queued and controls.queue_control(run=run, by=alice) == (made, False)
    assert (made.base, made.seed, made.recipe) == (run.base, 3, run.recipe)
    assert list(made.evaluated_on.all()) == [study.code]
    own, last = made.version.draft["phases"], study.base.version.draft["phases"][-1]
    assert [phase["tokens"] for phase in own] == [9_000, 6_000]
    assert all(phase["streams"] == last["streams"] and phase["mixture"] == last["mixture"] for phase in own)
    assert (made.tags, made.job.status) == (["control"], Status.QUEUED)
    assert controls.control_of(run) == made
    again = factories.run("Two phases, seed 4", version, alice, [study.code], base=study.base, seed=4)
    other, _ = controls.queue_control(run=again, by=alice)
    assert other != made and other.version == made.version


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_one_that_did_not_come_to_its_end_is_none(study, alone, status):
    Job.objects.filter(pk=study.arms[2].job_id).update(status=status)
    assert controls.control_of(alone) is None


def test_another_schedule_seed_budget_or_evaluation_is_another_control(study, alone, alice):
    for change in ({"seed": 5}, {"recipe": alone.recipe | {"batch_size": 8}}):
        asked = {"seed": 0, "recipe": alone.recipe} | change
        run = services.create_run(name="Other", version=alone.version, by=alice, base=study.base, **asked)
        assert controls.control_of(run) is None
    run = factories.run("Less measured", alone.version, alice, [study.code], base=study.base)
    control, queued = controls.queue_control(run=run, by=alice)
    assert queued and control.version == study.mixed


def test_a_recipe_that_says_its_defaults_and_weights_in_other_units_are_the_same(study, alone, alice):
    only = factories.phase("another", {"prose": study.prose, "code": study.code}, {"prose": 62, "code": 38})
    only["streams"][0]["ordering"] = {"method": "shuffle", "params": {}}
    version = factories.curriculum(study.project, alice, "The same in other words", study.tokenizer, [only])
    Run.objects.filter(pk=study.arms[2].pk).update(version=version, recipe=alone.recipe | {"precision": "fp32"})
    assert controls.control_of(alone) == study.arms[2]


def test_pages_of_a_run_and_its_siblings_open_although_its_documents_are_refused_by_now(study, alone, signed_in, alice):
    Run.objects.filter(pk=alone.pk).update(recipe=alone.recipe | {"checkpoint_every": 2**60})
    draft = copy.deepcopy(alone.version.draft)
    draft["phases"][0]["streams"][0]["jitter_window"] = 2**60
    CurriculumVersion.objects.filter(pk=alone.version_id).update(draft=draft)
    client = signed_in(alice)
    for run in (alone, study.arms[2]):
        assert client.get(reverse("runs:detail", args=[run.pk])).status_code == 200
    assert client.get(reverse("comparisons:detail", args=[study.comparison.pk])).status_code == 200


def test_what_has_no_control_says_why(study, alice):
    with pytest.raises(UserError, match="fresh weights"):
        controls.queue_control(run=study.base, by=alice)
    with pytest.raises(UserError, match="a control itself"):
        controls.queue_control(run=study.arms[2], by=alice)


def test_a_runs_page_leads_to_its_control_or_adds_it(study, alone, signed_in, alice):
    client = signed_in(alice)
    page = client.get(reverse("runs:detail", args=[alone.pk])).text
    assert f"?runs={alone.pk},{study.arms[2].pk}" in page
    assert "Add the re-warming control" not in page
    assert "Compare with its control" not in client.get(reverse("runs:detail", args=[study.arms[2].pk])).text
    Job.objects.filter(pk=study.arms[2].job_id).update(status=Status.FAILED)
    assert "Add the re-warming control" in client.get(reverse("runs:detail", args=[alone.pk])).text


def test_the_api_answers_with_the_control_there_is_or_queues_it(study, alone, signed_in, alice, vera):
    address = reverse("api:run-control", args=[alone.pk])
    assert signed_in(vera).post(address).status_code == 403
    client = signed_in(alice)
    answer = client.post(address)
    assert (answer.status_code, answer.json()["id"]) == (200, str(study.arms[2].pk))
    Job.objects.filter(pk=study.arms[2].job_id).update(status=Status.FAILED)
    made = client.post(address)
    assert (made.status_code, made.json()["base"], made.json()["job"]["status"]) == (201, str(study.base.pk), "queued")
    assert client.post(address).json()["id"] == made.json()["id"]
    refused = client.post(reverse("api:run-control", args=[study.base.pk]))
    assert (refused.status_code, "fresh weights" in refused.text) == (400, True)


def test_a_base_whose_mixture_changed_is_repeated_in_the_shares_that_it_ended_with(study, alice):
    changing = factories.phase("main", {"prose": study.prose, "code": study.code}, {})
    frames = [[0, {"prose": 1, "code": 0}], [1, {"prose": 1, "code": 3}]]
    changing["mixture"] = {"method": "key_frames", "params": {"frames": frames}}
    version = factories.curriculum(study.project, alice, "Changing", study.tokenizer, [changing])
    base = factories.run("Changing base", version, alice, [study.code])
    run = factories.run("Goes on", study.mixed, alice, [study.code], base=base)
    made, _ = controls.queue_control(run=run, by=alice)
    assert made.version.draft["phases"][0]["mixture"] == {
        "method": "static",
        "params": {"weights": {"prose": 0.25, "code": 0.75}},
    }
    assert controls.control_of(run) == made


def test_the_demos_control_is_found_by_what_it_is(alice):
    project = create_demo(by=alice)
    runs = {run.name: run for run in project.runs.all()}
    control = runs["Control: base mixture again"]
    assert [controls.control_of(runs[name]) for name in ("Code alone", "Code + 25 % prose")] == [control, control]

"""Runs that are trained elsewhere: begun, heard of and ended over the API, with everything that can go wrong in between."""

import json
import math

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from apps.audit.models import Entry
from apps.jobs import services as jobs
from apps.jobs import sweep
from apps.jobs.models import Job, Status
from apps.metrics import selectors as metrics
from apps.metrics.models import Chunk
from apps.runs import elsewhere, points, services
from apps.runs.models import Run
from apps.scores import services as scores
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(data, project, alice):
    phases = [factories.phase("main", {"code": data.code}, {"code": 1}, tokens=4096)]
    return factories.curriculum(project, alice, "Code alone", data.tokenizer, phases)


@pytest.fixture
def run(version, alice):
    return elsewhere.create_run(name="Their trainer", version=version, by=alice, settings={"architecture": "mamba"})


@pytest.fixture
def post(client, signed_in, alice):
    """``post("run-metrics", key, body)`` as Alice; ``body`` may be text."""
    signed_in(alice)

    def send(name, pk, body):
        text = body if isinstance(body, str) else json.dumps(body)
        return client.post(reverse(f"api:{name}", args=[pk]), text, content_type="application/json")

    return send


def of(steps, **more):
    steps = list(steps)
    return {
        "steps": steps,
        "tokens": [step * 64 for step in steps],
        "values": [1 / (step + 1) for step in steps],
        **more,
    }


def stored(run, name="train/loss"):
    return metrics.read([run.pk], [name], max_points=None)[run.pk, name].points


def test_a_run_begins_is_heard_of_and_ends_well(post, project, version):
    asked = {"name": "Theirs", "version": str(version.pk), "settings": {"batch_size": 8, "optimizer_name": "lion"}}
    made = post("runs-elsewhere", project.pk, asked)
    assert made.status_code == 201 and made.json()["job"]["status"] == "running"
    run = Run.objects.get(pk=made.json()["id"])
    assert run.plan.version == version and run.trained_elsewhere
    times = [1000.5, 1001.25, 1002.0]
    answer = post(
        "run-metrics", run.pk, {"series": {"train/loss": of(range(3), time=times), "eval/heldout/code/loss": of([0])}}
    )
    assert answer.json() == {"added": 4}
    assert stored(run).values.tolist() == [1.0, 0.5, 1 / 3] and stored(run).times.tolist() == times
    run.job.refresh_from_db()
    assert (run.job.done, run.job.total, run.job.unit) == (128, 4096, "tokens")
    assert post("run-end", run.pk, {"status": "succeeded"}).json()["job"]["status"] == "succeeded"
    assert Entry.objects.filter(kind="run.start", object_name__contains="trained elsewhere").exists()


def test_points_that_are_sent_twice_count_once(post, run):
    body = {"series": {"train/loss": of(range(100))}}
    assert [post("run-metrics", run.pk, body).json()["added"] for _ in range(2)] == [100, 0]
    assert Chunk.objects.get().count == 100


def test_what_is_no_number_is_kept_as_such(post, run):
    series = {"steps": [0, 1, 2], "tokens": [0, 64, 128], "values": [2.5, None, math.nan]}
    post("run-metrics", run.pk, {"series": {"train/loss": series}})
    assert stored(run).values[0] == 2.5 and math.isnan(stored(run).values[1]) and math.isnan(stored(run).values[2])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "series"),
        ([], "series"),
        ({"series": []}, "series"),
        ({"series": {"": of([0])}}, "series."),
        ({"series": {"a,b": of([0])}}, "series.a,b"),
        ({"series": {"x" * 201: of([0])}}, "series." + "x" * 200),
        ({"series": {"loss": {"steps": [0], "values": [1.0]}}}, "series.loss"),
        ({"series": {"loss": of([0, 1]) | {"values": [1.0]}}}, "series.loss"),
        ({"series": {"loss": of([0]) | {"steps": [0.5]}}}, "series.loss.steps"),
        ({"series": {"loss": of([0]) | {"steps": [-1]}}}, "series.loss.steps"),
        ({"series": {"loss": of([0]) | {"steps": [True]}}}, "series.loss.steps"),
        ({"series": {"loss": of([0]) | {"tokens": [2**63]}}}, "series.loss.tokens"),
        ({"series": {"loss": of([0]) | {"tokens": "0"}}}, "series.loss.tokens"),
        ({"series": {"loss": of([0]) | {"values": ["1.0"]}}}, "series.loss.values"),
        ({"series": {"loss": of([0]) | {"values": [[1.0]]}}}, "series.loss.values"),
        ({"series": {"loss": of([0]) | {"values": [{}]}}}, "series.loss.values"),
        ({"series": {"loss": of([0]) | {"values": [10**400]}}}, "series.loss.values"),
        ({"series": {"loss": of([0], time=[None])}}, "series.loss.time"),
        ({"series": {str(n): of([0]) for n in range(points.MAX_SERIES + 1)}}, "series"),
    ],
)
def test_points_that_cannot_be_are_refused_at_their_field(post, run, body, field):
    answer = post("run-metrics", run.pk, body)
    assert (answer.status_code, answer.json().get("field")) == (400, field)
    assert not Chunk.objects.exists()


def test_a_body_that_is_no_json_or_too_long_is_refused(post, run, monkeypatch):
    assert post("run-metrics", run.pk, "{").status_code == 400
    monkeypatch.setattr(points, "MAX_BYTES", 100)
    assert post("run-metrics", run.pk, {"series": {"train/loss": of(range(100))}}).status_code == 413


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"settings": {"model": {"preset": "llama-1m"}}}, "settings.model"),
        ({"settings": {"batch_size": 0}}, "settings.batch_size"),
        ({"settings": {"schedules": [{"peak": 1e-3}, {"peak": 1e-3}]}}, "settings.schedules"),
        ({"settings": {"note": "x" * 30_000}}, "settings"),
        ({"seed": -1}, "seed"),
        ({"name": " "}, "name"),
    ],
)
def test_a_run_that_cannot_be_is_refused_at_its_field(post, project, version, more, field):
    answer = post("runs-elsewhere", project.pk, {"name": "Theirs", "version": str(version.pk), **more})
    assert (answer.status_code, answer.json().get("field")) == (400, field)
    assert not Run.objects.exists()


def test_its_worker_alone_writes_the_metrics_of_a_run_that_is_trained_here(post, study):
    run = Run.objects.filter(job__kind="train").first()
    assert post("run-metrics", run.pk, {"series": {"train/loss": of([0])}}).status_code == 400
    assert post("run-end", run.pk, {"status": "failed"}).status_code == 400


def test_a_run_that_is_over_takes_nothing_more_and_says_why(post, run, alice):
    jobs.request_cancel(job=run.job, by=alice)
    answer = post("run-metrics", run.pk, {"series": {"train/loss": of([0])}})
    assert answer.status_code == 400 and "Cancelled by alice." in answer.json()["detail"]
    assert post("run-end", run.pk, {"status": "succeeded"}).status_code == 400
    run.job.refresh_from_db()
    assert run.job.status == Status.CANCELLED and not Chunk.objects.exists()


def test_a_run_of_which_nothing_is_heard_is_taken_for_dead_and_no_other_is(run, version, alice):
    other = elsewhere.create_run(name="Alive", version=version, by=alice)
    Job.objects.filter(pk=run.job_id).update(lease_until=Now())
    assert sweep.sweep().lost == 1
    run.job.refresh_from_db()
    assert (run.job.status, run.job.reason) == (
        Status.FAILED,
        "Nothing was heard of it for 24 hours: it is taken for dead.",
    )
    assert Job.objects.get(pk=other.job_id).status == Status.RUNNING


def test_each_sign_renews_the_lease(post, run):
    Job.objects.filter(pk=run.job_id).update(lease_until=Now())
    post("run-metrics", run.pk, {"series": {"train/loss": of([0])}})
    assert sweep.sweep().lost == 0


def test_nothing_goes_on_from_weights_that_are_not_here(run, version, data, alice):
    elsewhere.end_run(run=run, status="succeeded")
    with pytest.raises(UserError, match="trained elsewhere"):
        services.create_run(name="On", version=version, recipe={}, seed=0, by=alice, base=run)
    with pytest.raises(UserError, match="trained elsewhere"):
        scores.create_score_set(
            version=data.code, method="perplexity", params={}, by=alice, tokenizer=data.tokenizer, checkpoint_of=run
        )


def test_a_failed_one_is_not_resumed_from_here(run, alice):
    elsewhere.end_run(run=run, status="failed", reason="Their disk was full.")
    assert run.job.reason == "Their disk was full."
    with pytest.raises(UserError, match="trained elsewhere"):
        services.resume_run(run=run, by=alice)


def test_its_page_says_so_and_shows_its_settings(client, signed_in, vera, run):
    page = signed_in(vera).get(reverse("runs:detail", args=[run.pk])).content.decode()
    assert "Trained elsewhere" in page and "mamba" in page and "Not said" in page
    assert "Fresh weights" not in page and "Again, with a change" not in page
    for address in (reverse("runs:list", args=[run.project_id]), f"{reverse('comparisons:compare')}?runs={run.pk}"):
        page = client.get(address).content.decode()
        assert run.name in page and "fresh weights" not in page.split("<main")[1].lower().replace(
            "fresh weights in one phase", ""
        )


def test_a_batch_of_megabytes_is_taken(post, run):
    assert post("run-metrics", run.pk, {"series": {"train/loss": of(range(80_000))}}).json() == {"added": 80_000}

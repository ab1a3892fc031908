"""What people do with a run once it is there: say something about it, resume it, keep or delete its checkpoint."""

import pytest
from django.urls import reverse

from apps.jobs.models import Artifact, Job, Status
from apps.runs import checkpoints, services
from apps.runs.models import Run
from apps.site.storage import store
from gradatim.errors import UserError
from tests.apps import factories
from tests.apps.runs.builders import run_of
from workers.kinds import train


def at(name, run, *more):
    return reverse(f"runs:{name}", args=[run.pk, *more])


def test_notes_and_tags_are_said_by_editors_and_a_mistake_loses_nothing(signed_in, project, alice, bob, vera):
    run = run_of(project, alice)
    client = signed_in(bob)
    assert client.get(at("describe", run)).status_code == 200
    client.post(at("describe", run), {"notes": " Ran hot. ", "tags": "replay,  for the  talk , replay"})
    run.refresh_from_db()
    assert (run.notes, run.tags) == ("Ran hot.", ["replay", "for the talk"])
    answer = client.post(at("describe", run), {"notes": "Kept", "tags": "x" * 50})
    assert "at most 40 characters" in str(answer.context["form"].errors["tags"])
    assert "Kept" in answer.content.decode()
    assert signed_in(vera).post(at("describe", run), {"notes": "no"}).status_code == 403


@pytest.fixture
def failed(data, alice):
    run = factories.run("Alone", factories.mixed_curriculum(data, alice), alice, [data.prose])
    factories.end(run.job, lines=["step 0"], outcome="failed", reason="The device ran out of memory.")
    return Run.objects.get(pk=run.pk)


def test_a_failed_run_is_resumed_as_a_new_job_of_the_same_run(signed_in, failed, bob):
    client = signed_in(bob)
    assert at("resume", failed) in client.get(at("detail", failed)).content.decode()
    answer = client.post(at("resume", failed), follow=True)
    resumed = Run.objects.get(pk=failed.pk)
    assert resumed.job_id != failed.job_id
    assert (resumed.job.status, resumed.job.created_by) == (Status.QUEUED, bob)
    assert list(resumed.earlier_jobs.all()) == [failed.job]
    assert resumed.plan.job in resumed.job.after.all()
    text = answer.content.decode()
    assert "queued again" in text
    assert reverse("jobs:detail", args=[failed.job_id]) in text
    assert at("resume", failed) not in text
    assert "Only a run that failed" in client.post(at("resume", failed), follow=True).content.decode()


def test_the_worker_of_a_resumed_run_is_led_to_what_the_earlier_job_left(failed, alice):
    before = train.prepare(failed.job)
    resumed = services.resume_run(run=failed, by=alice)
    after = train.prepare(Job.objects.get(pk=resumed.job_id))
    assert (before.continues, after.continues) == ([], [failed.job])
    assert after.params == before.params


def test_a_cancelled_plan_is_asked_for_again_with_the_run(data, alice):
    from apps.jobs.services import request_cancel

    version = factories.mixed_curriculum(data, alice)
    recipe = {"model": {"preset": "llama-1m"}, "batch_size": 2, "context": 16}
    run = services.create_run(name="x", version=version, recipe=recipe, seed=3, by=alice)
    request_cancel(job=run.plan.job, by=alice)
    run = services.resume_run(run=run, by=alice)
    assert run.job.status == Status.QUEUED
    assert set(run.job.after.values_list("status", flat=True)) == {Status.QUEUED}, "what is there is not waited for"


def test_a_run_whose_base_failed_waits_for_the_base_to_be_resumed(data, failed, alice):
    version = failed.version
    recipe = {"batch_size": 4, "context": 64}
    arm = services.create_run(name="Arm", version=version, recipe=recipe, seed=0, by=alice, base=failed)
    assert arm.job.status == Status.CANCELLED
    with pytest.raises(UserError, match="Resume Alone first"):
        services.resume_run(run=arm, by=alice)
    services.resume_run(run=failed, by=alice)
    assert services.resume_run(run=arm, by=alice).job.status == Status.QUEUED


def test_viewers_change_nothing_about_a_run(signed_in, study, vera):
    client = signed_in(vera)
    text = client.get(at("detail", study.base)).content.decode()
    for name in ("resume", "pin", "delete-checkpoint"):
        assert client.post(at(name, study.base)).status_code == 403
        assert at(name, study.base) not in text
    assert reverse("runs:new", args=[study.project.pk]) not in text


def test_the_files_of_a_checkpoint_come_as_attachments_and_nothing_else_does(signed_in, study, vera):
    client, run = signed_in(vera), study.arms[0]
    text = client.get(at("detail", run)).content.decode()
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        answer = client.get(at("checkpoint-file", run, name))
        assert answer.streaming
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert at("checkpoint-file", run, name) in text
    assert b"".join(client.get(at("checkpoint-file", run, "model.safetensors")).streaming_content) == run.pk.bytes
    for name in ("manifest.json", "..", "%2e%2e%2fconfig.json", "nothing"):
        assert client.get(f"/runs/{run.pk}/checkpoint/{name}").status_code == 404


def test_a_checkpoint_that_is_needed_stays_and_its_users_are_named(signed_in, study, alice):
    client = signed_in(alice)
    text = client.post(at("delete-checkpoint", study.base), follow=True).content.decode()
    assert "the run Code alone" in text
    assert "the run Control: base mixture again" in text
    assert Run.objects.get(pk=study.base.pk).checkpoint


def test_a_pinned_checkpoint_is_not_deleted(signed_in, study, bob):
    client, run = signed_in(bob), study.arms[0]
    client.post(at("pin", run), {"pinned": "yes"})
    assert "is pinned" in client.post(at("delete-checkpoint", run), follow=True).content.decode()
    client.post(at("pin", run))
    assert not Run.objects.get(pk=run.pk).checkpoint_pinned


def test_a_deleted_checkpoint_frees_its_files_and_the_run_says_so(
    signed_in, study, alice, django_capture_on_commit_callbacks
):
    client, run = signed_in(alice), study.arms[0]
    artifact = run.checkpoint
    folder = store().path("checkpoint", artifact.digest)
    assert folder.is_dir()
    with django_capture_on_commit_callbacks(execute=True):
        text = client.post(at("delete-checkpoint", run), follow=True).content.decode()
    assert not folder.exists()
    assert not Artifact.objects.filter(pk=artifact.pk).exists()
    assert "It was deleted" in text
    assert client.get(at("checkpoint-file", run, "config.json")).status_code == 404
    recipe = {"batch_size": 4, "context": 64}
    before = Job.objects.count()
    with pytest.raises(UserError) as refused:
        services.create_run(name="x", version=study.mixed, recipe=recipe, seed=0, by=alice, base=run)
    assert (refused.value.field, Job.objects.count()) == ("base", before)


def test_weights_that_two_runs_share_stay_for_the_other(study, alice, django_capture_on_commit_callbacks):
    one, other = study.arms[:2]
    Run.objects.filter(pk=other.pk).update(checkpoint=one.checkpoint)
    with django_capture_on_commit_callbacks(execute=True):
        assert checkpoints.delete(run=one, by=alice) == 0
    assert checkpoints.file_of(Run.objects.get(pk=other.pk), "config.json").is_file()

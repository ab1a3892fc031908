"""Workers announce themselves, are drained, and are shown to people."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse

from apps.jobs import claims, nodes, services
from apps.jobs.models import Priority, Worker
from gradatim.errors import UserError
from tests.apps.jobs.making import claim, job, succeed

pytestmark = pytest.mark.django_db

GPU = {"name": "Some GPU", "memory": 80_000_000_000}


def announce(name="cpu@host", queues=("cpu",), **more):
    about = {"slots": 2, "version": "0.1.0", "machine": {"host": "host", "cores": 2}, "load": {"average": 0.5}}
    nodes.announce(name=name, queues=list(queues), **{**about, **more})
    return Worker.objects.get(name=name)


def states(client):
    page = client.get(reverse("jobs:workers"))
    return {row.worker.name: row.state for row in page.context["workers"]}


@pytest.fixture
def staff(charlie):
    charlie.is_staff = True
    charlie.save()
    return charlie


def test_a_worker_that_announces_itself_again_is_one_row_and_stays_drained():
    first = announce()
    nodes.set_draining(worker=first, draining=True)
    again = announce(slots=4)
    assert (again.pk, again.slots, again.draining) == (first.pk, 4, True)


def test_a_drained_worker_claims_nothing_until_it_is_resumed(project, alice):
    row = announce()
    job(project, alice)
    nodes.set_draining(worker=row, draining=True)
    assert claims.claim_next(queue="cpu", worker="host/cpu/1", node=row.name) is None
    assert claims.claim_next(queue="cpu", worker="host/cpu/1", node="cpu@other") is not None
    job(project, alice)
    nodes.set_draining(worker=row, draining=False)
    assert claims.claim_next(queue="cpu", worker="host/cpu/1", node=row.name).attempt.node == row.name


def test_resuming_a_worker_wakes_its_queue(monkeypatch, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr("apps.jobs.messages.send", lambda queues: woken.extend(queues))
    with django_capture_on_commit_callbacks(execute=True):
        nodes.set_draining(worker=announce(queues=["cpu", "gpu"]), draining=False)
    assert woken == ["cpu", "gpu"]


def test_a_worker_that_is_silent_for_three_heartbeats_is_shown_as_silent_and_forgotten_after_a_week(signed_in, charlie):
    announce()
    assert states(signed_in(charlie)) == {"cpu@host": "idle"}
    Worker.objects.update(seen_at=F("seen_at") - timedelta(minutes=2))
    assert states(signed_in(charlie)) == {"cpu@host": "silent"}
    nodes.forget()
    assert Worker.objects.exists()
    Worker.objects.update(seen_at=F("seen_at") - timedelta(days=8))
    nodes.forget()
    assert not Worker.objects.exists()


def test_the_page_shows_jobs_of_ones_own_projects_and_counts_the_others(signed_in, project, alice, charlie):
    announce()
    job(project, alice, title="Secret prose")
    held = claims.claim_next(queue="cpu", worker="host/cpu/1", node="cpu@host")
    mine = signed_in(alice).get(reverse("jobs:workers")).content.decode()
    assert "Secret prose" in mine and "Busy" in mine
    others = signed_in(charlie).get(reverse("jobs:workers")).content.decode()
    assert "Secret prose" not in others
    assert "1 job of a project that you are not a member of" in others
    succeed(held)
    assert states(signed_in(alice)) == {"cpu@host": "idle"}


def test_a_queue_with_work_that_nobody_serves_is_named_with_what_to_do(signed_in, project, alice):
    announce(queues=["gpu"])
    job(project, alice)
    page = signed_in(alice).get(reverse("jobs:workers")).content.decode()
    assert "wait" in page and "in the cpu queue and no worker serves it" in page
    announce("cpu@host")
    assert "no worker serves it" not in signed_in(alice).get(reverse("jobs:workers")).content.decode()


def test_devices_are_shown_with_memory_and_how_busy_they_are(signed_in, alice):
    load = {"gpus": [{"memory": 41_000_000_000, "utilisation": 0.93}], "average": 1, "memory": 5e9}
    announce(machine={"host": "host", "cores": 16, "memory": 128e9, "gpus": [GPU]}, load=load)
    page = signed_in(alice).get(reverse("jobs:workers")).content.decode()
    for part in ("Some GPU", "41 GB of 80 GB", "93 % busy", "16 cores"):
        assert part in page


def test_staff_drain_and_resume_and_nobody_else_does(signed_in, alice, staff):
    announce()
    address = reverse("jobs:worker-drain", args=["cpu@host"])
    assert signed_in(alice).post(address, {"do": "drain"}).status_code == 403
    page = signed_in(staff).post(address, {"do": "drain"}, follow=True).content.decode()
    assert "takes nothing new until it is resumed" in page and "Drained" in page
    signed_in(staff).post(address, {"do": "resume"})
    assert not nodes.drained("cpu@host")
    assert signed_in(staff).post(reverse("jobs:worker-drain", args=["gone"]), {"do": "drain"}).status_code == 404


def test_the_api_lists_workers_and_lets_staff_drain_them(signed_in, alice, staff):
    announce()
    listed = signed_in(alice).get("/api/v1/workers/").json()["results"]
    assert [(row["name"], row["alive"], row["draining"]) for row in listed] == [("cpu@host", True, False)]
    change = {"data": '{"draining": true}', "content_type": "application/json"}
    assert signed_in(alice).patch("/api/v1/workers/cpu@host/", **change).status_code == 403
    assert signed_in(staff).patch("/api/v1/workers/cpu@host/", **change).json()["draining"] is True
    assert signed_in(staff).patch("/api/v1/workers/cpu@host/", "{}", "application/json").status_code == 400


def test_the_page_of_workers_costs_the_same_however_many_there_are(
    signed_in, project, alice, django_assert_max_num_queries
):
    client = signed_in(alice)
    for i in range(12):
        announce(f"cpu@host{i}")
        job(project, alice)
        claims.claim_next(queue="cpu", worker="host/cpu/1", node=f"cpu@host{i}")
    with django_assert_max_num_queries(7):
        client.get(reverse("jobs:workers"))


def test_a_waiting_job_of_higher_priority_is_claimed_first_and_a_running_one_cannot_be_moved(
    project, alice, bob, vera, signed_in
):
    first, second = job(project, alice, title="first"), job(project, alice, title="second")
    address = reverse("jobs:priority", args=[second.pk])
    assert signed_in(vera).post(address, {"priority": 0}).status_code == 403
    page = signed_in(bob).post(address, {"priority": 0}, follow=True).content.decode()
    assert "high priority now" in page
    assert claim().job == second
    answer = signed_in(bob).post(address, {"priority": 2}, follow=True).content.decode()
    assert "Only a job that still waits can be moved" in answer
    with pytest.raises(UserError, match="high"):
        services.set_priority(job=first, priority=7)
    moved = signed_in(bob).post(f"/api/v1/jobs/{first.pk}/priority/", '{"priority": 2}', "application/json")
    assert moved.json()["priority"] == Priority.LOW


def test_the_most_memory_that_an_attempt_held_is_noted_and_shown(signed_in, project, alice):
    row = job(project, alice)
    held = claim()
    claims.beat(held, peak_memory=2_500_000_000)
    claims.beat(held)
    page = signed_in(alice).get(reverse("jobs:detail", args=[row.pk])).content.decode()
    assert "Peak memory" in page and "2.5 GB" in page

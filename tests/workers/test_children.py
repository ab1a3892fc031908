"""How a job ends, by what its child did; one patient worker process runs them all."""

import json
import signal

import pytest

from apps.jobs import selectors, services
from apps.jobs.models import Artifact, Status
from gradatim import artifacts
from gradatim.artifacts import Store
from tests.apps.jobs.making import outcomes
from tests.workers.conftest import is_running, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patient_worker")]

CRASH = {
    "event": "note",
    "level": "error",
    "text": "KeyError: 'x'",
    "data": {"cause": "crash", "traceback": "Traceback"},
}


def error(cause, text, **data):
    return {"event": "note", "level": "error", "text": text, "data": {"cause": cause, **data}}


def texts(job):
    return [line.text for line in selectors.log_lines(job)]


def report(job, settings):
    return json.loads((settings.STORAGE_ROOT / "reports" / f"{job.title}.json").read_text())


def test_a_job_that_ends_well_leaves_its_artifact_its_words_and_a_small_folder(play, ended, settings):
    job = play(
        ["event", {"event": "note", "text": "Read 3 rows.", "level": "info", "data": {"rows": 3}}],
        ["event", {"event": "progress", "done": 3, "total": 3, "unit": "rows", "phase": "read"}],
        ["say", "a library printed this"],
        ["write", "resume.bin", "x" * 1000],
        ["artifact", "dataset", "hello"],
    )
    ended(job)
    assert (job.status, job.reason) == (Status.SUCCEEDED, "")
    assert (job.phase, job.done, job.total, job.unit) == ("read", 3, 3, "rows")
    row = Artifact.objects.get()
    stored = Store(settings.STORAGE_ROOT).get("dataset", row.digest)
    assert (stored.path / "data.txt").read_text() == "hello"
    assert row.meta == {"bytes": 5}
    said = report(job, settings)
    assert said == {"artifacts": {"dataset": row.digest}, "notes": [{"rows": 3}], "status": "succeeded"}
    assert texts(job) == ["Read 3 rows.", "a library printed this", f"Made the dataset {row.digest[:12]}."]
    attempt = job.attempts.get()
    assert attempt.outcome == "succeeded"
    folder = settings.JOBS_ROOT / str(job.pk) / "1"
    assert attempt.folder == str(folder)
    wait_for(lambda: sorted(path.name for path in folder.iterdir()) == ["events.jsonl", "job.json", "stderr.txt"])


def test_a_child_is_given_its_inputs_as_local_folders_and_its_seed(play, ended, settings, tmp_path):
    (tmp_path / "data.txt").write_text("x")
    stored = Store(settings.STORAGE_ROOT).put(artifacts.seal(tmp_path, "dataset", {}).path)
    Artifact.objects.create(kind="dataset", digest=stored.digest, size=1)
    job = ended(play(["given"], document={"inputs": [stored.digest]}))
    assert report(job, settings)["notes"] == [{"inputs": [str(stored.path)], "previous": [], "seed": 7}]


def test_a_child_knows_no_address_and_no_secret(play, ended, settings):
    job = ended(play(["environment"]))
    seen = report(job, settings)["notes"][0]
    names = set(seen["environment"])
    assert not names & {"DATABASE_URL", "BROKER_URL", "SECRET_KEY", "A_SECRET_OF_OURS", "STORAGE_ROOT"}
    assert "never to be seen" not in json.dumps(seen)
    assert seen["environment"]["OMP_WAIT_POLICY"] == "PASSIVE"
    assert seen["cwd"] == str(settings.JOBS_ROOT / str(job.pk) / "1")


def test_a_mistake_of_the_users_fails_with_its_own_sentence(play, ended):
    job = ended(play(["event", error("user", "Row 3 has no text: fill it in.")], ["exit", 2]))
    assert (job.status, job.reason, job.reference) == (Status.FAILED, "Row 3 has no text: fill it in.", "")
    assert outcomes(job) == ["failed"]


def test_what_the_adapter_refuses_fails_before_a_child_starts(play, ended):
    job = ended(play(document={"refuse": "The tokenizer is gone: choose another."}))
    assert (job.status, job.reason) == (Status.FAILED, "The tokenizer is gone: choose another.")


def test_a_kind_that_nobody_knows_fails_with_a_sentence(play, ended):
    job = ended(play(kind="dance"))
    assert job.status == Status.FAILED
    assert "“dance”" in job.reason


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("out_of_memory", "memory was not enough"),
        ("no_threads", "gave it no more threads"),
        ("nan", "loss is nan at step 5"),
    ],
)
def test_what_would_happen_again_is_not_tried_again(play, ended, cause, words):
    job = ended(play(["event", error(cause, "loss is nan at step 5", traceback="T")], ["exit", 1]))
    assert job.status == Status.FAILED
    assert words in job.reason
    assert outcomes(job) == ["failed"]


def test_an_error_of_the_program_has_a_reference_and_a_traceback_for_staff(play, ended):
    job = ended(play(["event", CRASH], ["exit", 1]))
    assert job.status == Status.FAILED
    assert len(job.reference) == 8
    assert job.reference in job.reason
    assert "KeyError" not in job.reason
    assert job.traceback == "Traceback"
    assert outcomes(job) == ["failed"]


def test_a_crash_without_a_word_keeps_what_was_on_standard_error(play, ended):
    job = ended(play(["complain", "Fatal Python error"], ["signal", signal.SIGABRT]))
    assert job.status == Status.FAILED
    assert "Fatal Python error" in job.traceback
    assert outcomes(job) == ["failed"]


def test_a_full_disk_is_named(play, ended):
    job = ended(play(["event", error("crash", "OSError: [Errno 28] No space left on device")], ["exit", 1]))
    assert job.reason == "The disk is full. Free some space, then try again."


def test_a_killed_child_is_tried_again_and_given_up_at_last(play, ended):
    job = ended(play(["signal", signal.SIGKILL]))
    assert (job.status, job.attempts_counted) == (Status.FAILED, 3)
    assert job.reason.startswith("Given up after 3 attempts. The last one: The process was killed (signal 9)")
    assert outcomes(job) == ["lost"] * 3


@pytest.mark.parametrize("announced", ["0" * 64, None])
def test_an_artifact_that_is_not_what_was_announced_is_not_taken(play, ended, announced):
    steps = [["artifact", "dataset", "hello", announced, None if announced else "../../../.."]]
    job = ended(play(*steps))
    assert job.status == Status.FAILED
    assert job.reference
    assert not Artifact.objects.exists()


def test_when_entering_the_result_breaks_the_job_fails_and_no_artifact_is_visible(play, ended):
    job = ended(play(["artifact", "dataset", "hello"], document={"finish": "breaks"}))
    assert job.status == Status.FAILED
    assert "the adapter broke" in job.traceback
    assert not Artifact.objects.exists()
    assert outcomes(job) == ["failed"]


def test_cancelling_stops_the_child_which_leaves_its_state(play, ended, bob, settings):
    job = play(["count", 1000, 0.02, 5])
    ended(job, Status.RUNNING)
    wait_for(lambda: type(job).objects.get(pk=job.pk).done)
    pid = job.attempts.get().pid
    services.request_cancel(job=job, by=bob)
    ended(job)
    assert (job.status, job.reason) == (Status.CANCELLED, "Cancelled by bob.")
    assert outcomes(job) == ["cancelled"]
    assert not is_running(pid)
    assert (settings.JOBS_ROOT / str(job.pk) / "1" / "out" / "state").exists()


def test_a_child_that_ignores_being_asked_is_killed_with_its_helpers(play, ended, alice):
    job = play(["stubborn"], ["sleep", 60])
    helper = int(wait_for(lambda: texts(job))[0].split()[1])
    assert is_running(helper)
    services.request_cancel(job=job, by=alice)
    ended(job)
    assert job.status == Status.CANCELLED
    assert not is_running(helper)


def test_work_goes_on_in_order_of_what_waits_for_what(play, ended):
    first = play(["sleep", 0.3])
    second = play(after=[first])
    third = play(after=[first, second])
    ended(third)
    for job in (first, second):
        job.refresh_from_db()
    assert first.finished_at < second.started_at < second.finished_at < third.started_at


def test_a_failure_cancels_what_waits_for_it_and_says_why(play, ended):
    first = play(["event", error("user", "No.")], ["exit", 2])
    second = play(after=[first])
    third = play(after=[second])
    for job in (second, third):
        ended(job)
        assert job.reason == f"Cancelled because “{first.title}”, which this job waits for, failed."
        assert outcomes(job) == []


def test_chatter_on_standard_error_is_capped(play, ended, settings):
    job = ended(play(["complain", "x" * 999 + "\n", 3000], ["sleep", 1.0]))
    size = (settings.JOBS_ROOT / str(job.pk) / "1" / "stderr.txt").stat().st_size
    assert 400_000 < size < 1_100_000

"""Workers with the real child, ``python -m gradatim work``."""

import json

import pytest

from apps.jobs.models import Artifact, Status
from gradatim.artifacts import Store
from tests.apps.jobs.making import outcomes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(start_worker, queue_name):
    return start_worker(queue_name, JOB_COMMAND="")


def test_a_file_becomes_a_dataset_in_the_store(play, ended, worker, tmp_path, settings):
    source = tmp_path / "prose.jsonl"
    source.write_text("".join(json.dumps({"text": f"Sentence number {n}."}) + "\n" for n in range(20)))
    job = ended(play(queue=worker.queue, kind="real", document={"path": str(source)}))
    assert (job.status, job.reason) == (Status.SUCCEEDED, "")
    row = Artifact.objects.get()
    assert (row.kind, row.meta["rows"]) == ("dataset", 20)
    assert Store(settings.STORAGE_ROOT).get("dataset", row.digest).meta["rows"] == 20


def test_a_file_that_is_missing_fails_with_the_librarys_sentence(play, ended, worker, tmp_path):
    job = ended(play(queue=worker.queue, kind="real", document={"path": str(tmp_path / "nowhere.jsonl")}))
    assert job.status == Status.FAILED
    assert "nowhere.jsonl" in job.reason
    assert (job.reference, outcomes(job)) == ("", ["failed"])

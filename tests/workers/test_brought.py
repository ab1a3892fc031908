"""Files that people bring, through a real worker and the real child: scores of their own, and a tokenizer.json."""

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.common import lookup
from apps.datasets import tokenizer_services
from apps.jobs.models import Status
from apps.scores import services, uploads
from tests.apps import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_scores_and_a_tokenizer_from_files_are_made_by_the_worker(start_worker, ended, alice, project, settings):
    data = factories.data(by=alice, project=project, samples=20)
    ids = [row["id"] for row in lookup.dataset(data.code.artifact).rows_at(range(20))]
    lines = "\n".join(f"{name},{k}" for k, name in enumerate(ids) if k != 4)
    name = uploads.keep(project=project, file=SimpleUploadedFile("s.csv", f"id,score\n{lines}\n".encode()))
    scored = services.create_score_set(
        version=data.code, method="imported", params={"path": name, "missing": "lowest"}, by=alice
    )
    content = (lookup.folder(data.tokenizer.artifact) / "tokenizer.json").read_bytes()
    file = SimpleUploadedFile("tokenizer.json", content)
    brought = tokenizer_services.upload(project=project, name="Theirs", file=file, by=alice)
    start_worker("cpu", JOB_COMMAND="", UPLOAD_ROOT=str(settings.UPLOAD_ROOT))
    for row in (scored, brought):
        job = ended(row.job, seconds=60.0)
        assert (job.status, job.reason) == (Status.SUCCEEDED, "")
        row.refresh_from_db()
    values = np.asarray(lookup.scores(scored.artifact))
    assert values.tolist() == [0, 1, 2, 3, 0, *range(5, 20)]
    assert scored.summary["coverage"] == pytest.approx(0.95)
    assert brought.artifact.meta["vocab_size"] == data.tokenizer.vocab_size

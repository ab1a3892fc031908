"""Exports: chosen in a form, made by a job, downloaded as a file by members alone."""

import json
import re

import pytest
from django.urls import reverse

from apps.datasets import services
from apps.datasets.models import DatasetExport
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(data):
    return reverse("datasets:export", args=[data.code.pk])


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_selection_becomes_a_file_for_download(signed_in, bob, data, address):
    client = signed_in(bob)
    assert "Nothing has been exported" in text(client.get(address))
    asked = {"format": "jsonl", "domain": "argparse", "scores": str(data.length.pk), "pick": "highest", "count": "3"}
    assert client.post(address, asked).headers["Location"] == address
    export = DatasetExport.objects.get()
    page = text(client.get(address))
    assert "argparse, the 3 highest by Length" in page
    assert 'data-poll="' in page.partition("<main")[2]
    assert client.get(reverse("datasets:download", args=[export.pk])).status_code == 404
    factories.done(export)
    page = text(client.get(address))
    assert "3 samples" in page
    assert 'data-poll="' not in page.partition("<main")[2]
    answer = client.get(reverse("datasets:download", args=[export.pk]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="standard-library-code-version-1.jsonl"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert {row["domain"] for row in rows} == {"argparse"}
    assert len(rows) == 3


WRONG = {
    "a pick without a score": ({"pick": "highest", "count": "3"}, "Choose the score"),
    "no number": ({"pick": "lowest", "scores": "length"}, "Say how many."),
    "no range": ({"pick": "between", "scores": "length"}, "at least one end"),
    "an empty range": ({"pick": "between", "scores": "length", "low": "2", "high": "1"}, "ends before it begins"),
    "a foreign domain": ({"domain": "nowhere"}, "Select a valid choice"),
    "a foreign format": ({"format": "exe"}, "Select a valid choice"),
}


@pytest.mark.parametrize("asked, sentence", WRONG.values(), ids=WRONG)
def test_a_wrong_form_is_refused_at_its_field(signed_in, bob, data, address, asked, sentence):
    asked = {"format": "jsonl", "word": "kept word", **asked}
    if "scores" in asked:
        asked["scores"] = str(data.length.pk)
    page = text(signed_in(bob).post(address, asked))
    assert sentence in page
    assert 'class="field has-errors"' in page
    assert "kept word" in page
    assert not DatasetExport.objects.exists()


def test_a_viewer_downloads_and_starts_nothing_and_a_stranger_sees_neither(signed_in, vera, charlie, data, address):
    export = factories.done(services.export_version(version=data.code, format="parquet", selection={}, by=None))
    file = reverse("datasets:download", args=[export.pk])
    client = signed_in(vera)
    assert client.post(address, {"format": "jsonl"}).status_code == 403
    assert "<form" not in client.get(address).content.decode().split("<main")[1].split("</main>")[0]
    assert client.get(file).status_code == 200
    client = signed_in(charlie)
    assert {client.get(file).status_code, client.get(address).status_code} == {404}


def test_a_job_of_an_export_leads_to_the_exports(signed_in, bob, data, address):
    export = services.export_version(version=data.code, format="jsonl", selection={}, by=bob)
    assert address in text(signed_in(bob).get(reverse("jobs:detail", args=[export.job_id])))

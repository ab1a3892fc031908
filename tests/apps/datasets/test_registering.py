"""Registering in the browser: upload, folder, preview, import, mending, a second version; who may, and who may not."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.datasets.models import Dataset, DatasetVersion, SourceFile
from apps.jobs.models import Job
from gradatim.errors import UserError
from tests.apps import factories
from tests.apps.datasets.test_sources import REFUSED, folder

pytestmark = pytest.mark.django_db
__all__ = ["folder"]

ROWS = [{"question": f"What is <b>{n}</b>?", "answer": f"It is {n}.", "key": f"k{n}"} for n in range(30)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
MAPPED = {"shape": "pair", "prompt": "question", "answer": "answer", "id": "key", "on_bad": "stop", "name": "Math"}


def upload(client, project, data=LINES, name="math.jsonl", **more):
    page = reverse("datasets:register", args=[project.pk])
    return client.post(page, {"file": SimpleUploadedFile(name, data), **more})


def previewed(client, project, data=LINES, name="math.jsonl", **more) -> str:
    return upload(client, project, data, name, **more).headers["Location"]


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_plain_post_leads_to_a_preview_and_imports_nothing(signed_in, bob, project):
    client = signed_in(bob)
    page = text(client.get(previewed(client, project)))
    assert "JSON Lines" in page
    assert "What is &lt;b&gt;0&lt;/b&gt;?" in page
    assert '<option value="question" selected>' in page
    assert '<option value="key" selected>' in page
    assert 'value="math"' in page
    assert not Dataset.objects.exists()
    assert not Job.objects.exists()


def test_a_mapping_is_shown_by_htmx_before_it_is_used(signed_in, bob, project, htmx):
    client = signed_in(bob)
    address = previewed(client, project)
    piece = client.get(address, {"shape": "text", "text": "answer", "domain": "key"}, headers=htmx)
    assert text(piece).strip().startswith('<section class="panel flush" id="mapped"')
    assert "It is 3." in text(piece)
    assert "What is" not in text(piece)
    assert '<span class="tag">k3</span>' in text(piece)


def test_a_long_sample_is_cut_and_says_so(signed_in, bob, project):
    page = text(
        signed_in(bob).get(previewed(signed_in(bob), project, json.dumps({"text": "x" * 3500}).encode(), "long.jsonl"))
    )
    assert "x" * 1000 in page
    assert "x" * 1001 not in page
    assert "and 2,500 characters more" in page


def test_posting_starts_the_import_and_the_version_follows_its_job(signed_in, bob, project, htmx):
    client = signed_in(bob)
    answer = client.post(previewed(client, project), {**MAPPED, "licence": "MIT", "description": "From school"})
    version = DatasetVersion.objects.get()
    assert answer.headers["Location"] == reverse("datasets:version", args=[version.pk])
    assert (version.dataset.name, version.dataset.licence, version.on_bad) == ("Math", "MIT", "stop")
    page = text(client.get(answer.headers["Location"]))
    assert "This version is being made" in page
    state = reverse("datasets:state", args=[version.pk])
    assert f'hx-get="{state}"' in page
    factories.done(version)
    assert client.get(state, headers=htmx).headers["HX-Refresh"] == "true"
    page = text(client.get(answer.headers["Location"]))
    assert "30 samples in the order of import" in page
    assert version.artifact.meta["source"]["mapping"] == {
        "prompt": "question",
        "answer": "answer",
        "id": "key",
        "domain_name": "math",
    }


WRONG = {
    "no name": ({"name": ""}, "Give the new dataset a name."),
    "a name that is taken": ({"name": "Taken"}, "There is a dataset of this name"),
    "no text": ({"shape": "text", "text": ""}, "Choose the field that holds the text."),
    "half a pair": ({"answer": ""}, "Choose the field that holds the answer."),
    "a field of another file": ({"prompt": "nowhere"}, "Select a valid choice"),
    "a dataset of nobody": ({"target": "7d9f1d4e-0000-4000-8000-000000000000"}, "Select a valid choice"),
}


@pytest.mark.parametrize("changed, sentence", WRONG.values(), ids=WRONG)
def test_a_wrong_form_is_refused_at_its_field_and_loses_nothing(signed_in, bob, project, changed, sentence):
    Dataset.objects.create(project=project, name="Taken")
    client = signed_in(bob)
    page = text(client.post(previewed(client, project), {**MAPPED, "description": "Kept words", **changed}))
    assert sentence in page
    assert 'class="field has-errors"' in page
    assert "Kept words" in page
    assert not DatasetVersion.objects.exists()


@pytest.mark.parametrize(
    "name, data, sentence",
    [("a.exe", b"x", "The format of a.exe is not known"), ("a.jsonl", b"%PDF-1.7", "is a PDF document")],
)
def test_files_that_cannot_be_imported_are_refused_at_the_file(signed_in, bob, project, name, data, sentence):
    page = text(upload(signed_in(bob), project, data, name))
    assert sentence in page
    assert 'class="field has-errors"' in page


def test_a_plain_post_that_is_too_large_is_refused_in_words_and_not_kept(signed_in, bob, project, settings):
    settings.UPLOAD_PLAIN_MAX_BYTES = 1000
    page = text(upload(signed_in(bob), project, b"x" * (2 << 20), "a.txt"))
    assert "Without scripts" in page
    assert not SourceFile.objects.exists()


def test_pieces_arrive_over_their_own_address_and_resume(signed_in, bob, project):
    client = signed_in(bob)
    asked = {"name": "math.jsonl", "size": len(LINES), "fingerprint": "f"}
    begun = client.post(reverse("datasets:start-upload", args=[project.pk]), asked).json()
    assert begun["offset"] == 0

    def put(offset, data):
        return client.put(f"{begun['url']}?offset={offset}", data, content_type="application/octet-stream")

    assert put(0, LINES[:500]).json()["offset"] == 500
    assert (put(0, LINES[:500]).status_code, put(0, LINES[:500]).json()) == (409, {"offset": 500})
    assert put("x", b"x").status_code == 400
    again = client.post(reverse("datasets:start-upload", args=[project.pk]), asked).json()
    assert (again["url"], again["offset"]) == (begun["url"], 500)
    done = put(500, LINES[500:]).json()
    assert done["next"] == client.get(begun["url"]).json()["next"]
    assert client.get(done["next"]).status_code == 200


def test_a_cancelled_upload_leaves_nothing_behind(
    signed_in, bob, project, settings, django_capture_on_commit_callbacks
):
    client = signed_in(bob)
    asked = {"name": "a.txt", "size": 9}
    begun = client.post(reverse("datasets:start-upload", args=[project.pk]), asked).json()
    client.put(f"{begun['url']}?offset=0", b"half", content_type="application/octet-stream")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(begun["url"]).status_code == 204
    assert list(settings.UPLOAD_ROOT.iterdir()) == []


def test_an_upload_that_cannot_begin_says_why(signed_in, bob, project):
    for asked in ({"name": "a.zip", "size": 9}, {"name": "a.txt", "size": "-1"}, {"name": "a.txt", "size": "9" * 30}):
        answer = signed_in(bob).post(reverse("datasets:start-upload", args=[project.pk]), asked)
        assert answer.status_code == 400
        assert answer.json()["error"].endswith(".")


def test_a_file_of_a_server_folder_is_chosen_from_its_list(signed_in, bob, project, folder):
    client = signed_in(bob)
    page = reverse("datasets:register", args=[project.pk])
    assert "inside.jsonl" in text(client.get(page))
    assert 'value="deep/a.jsonl"' in text(client.get(page, {"root": "corpora", "path": "deep"}))
    assert "leads out of" in text(client.get(page, {"root": "corpora", "path": "../"}))
    chosen = client.post(
        reverse("datasets:register-folder", args=[project.pk]), {"root": "corpora", "path": "deep/a.jsonl"}
    )
    assert "sample 0" in text(client.get(chosen.headers["Location"]))


@pytest.mark.parametrize("path, words", REFUSED.items())
def test_foreign_paths_are_refused_at_the_field(signed_in, bob, project, folder, path, words):
    asked = {"root": "corpora", "path": path}
    page = text(signed_in(bob).post(reverse("datasets:register-folder", args=[project.pk]), asked))
    assert 'class="field has-errors"' in page
    assert not SourceFile.objects.exists()
    assert words in page or "\x00" in path


def test_bad_rows_are_named_and_skipped_by_one_button(signed_in, bob, project):
    client = signed_in(bob)
    data = LINES + b"broken\n" + json.dumps(ROWS[0]).encode() + b"\n"
    answer = client.post(previewed(client, project, data), MAPPED)
    version = DatasetVersion.objects.get()
    with pytest.raises(UserError) as error:
        factories.perform(version.job)
    factories.end(version.job, lines=[], outcome="failed", reason=error.value.sentence)
    warned = ["line 31: this is not JSON (<b>)", 'line 32: the id "k0" was used before']
    factories.say(version.job.attempts.get(), warned, level="warning")
    page = text(client.get(answer.headers["Location"]))
    assert "math.jsonl, line 31" in page
    assert '<td class="n">32</td>' in page
    assert "(&lt;b&gt;)" in page
    again = reverse("datasets:import-again", args=[version.pk])
    assert "Skip bad rows and import" in page
    assert client.post(again, {"on_bad": "skip"}).headers["Location"] == answer.headers["Location"]
    version.refresh_from_db()
    factories.done(version)
    page = text(client.get(answer.headers["Location"]))
    assert "2 bad rows skipped in math.jsonl" in page
    assert "30 samples" in page


def test_a_wrong_mapping_is_changed_and_the_version_made_after_all(signed_in, bob, project):
    client = signed_in(bob)
    address = previewed(client, project)
    client.post(address, {**MAPPED, "id": "answer", "domain": "key"})
    version = DatasetVersion.objects.get()
    factories.end(version.job, lines=[], outcome="failed", reason="math.jsonl, line 2: there is no domain.")
    page = text(client.get(reverse("datasets:version", args=[version.pk])))
    assert f'href="{address}"' in page
    page = text(client.get(address))
    assert f'<option value="{version.dataset_id}" selected>New version of Math</option>' in page
    client.post(address, {**MAPPED, "target": str(version.dataset_id)})
    version = DatasetVersion.objects.get()
    assert factories.done(version).artifact.meta["rows"] == 30


def test_a_second_version_keeps_the_mapping_and_shows_what_changed(signed_in, bob, project):
    client = signed_in(bob)
    client.post(previewed(client, project), MAPPED)
    first = factories.done(DatasetVersion.objects.get())
    page = reverse("datasets:detail", args=[first.dataset_id])
    assert f"?dataset={first.dataset_id}" in text(client.get(page))
    address = previewed(client, project, LINES.replace(b"is 7.", b"is seven."), dataset=str(first.dataset_id))
    asked = text(client.get(address))
    assert f'<option value="{first.dataset_id}" selected>New version of Math</option>' in asked
    assert '<option value="key" selected>' in asked
    client.post(address, {**MAPPED, "target": str(first.dataset_id), "name": ""})
    second = factories.done(first.dataset.versions.get(number=2))
    assert "0 added, 0 removed, 1 changed, 29 the same as in version 1." in text(
        client.get(reverse("datasets:version", args=[second.pk]))
    )
    row = text(client.get(page))
    assert re.findall(r'data-label="(Against|Added|Removed|Changed)">([^<]+)</td>', row)[:4] == [
        ("Against", "version 1"),
        ("Added", "0"),
        ("Removed", "0"),
        ("Changed", "1"),
    ]
    assert first.artifact.digest[:12] in row


def test_an_imported_file_leads_to_its_version_when_somebody_goes_back(
    signed_in, bob, project, django_capture_on_commit_callbacks
):
    client = signed_in(bob)
    address = previewed(client, project)
    client.post(address, MAPPED)
    with django_capture_on_commit_callbacks(execute=True):
        version = factories.done(DatasetVersion.objects.get())
    assert client.get(address).headers["Location"] == reverse("datasets:version", args=[version.pk])


def test_a_viewer_registers_and_edits_nothing_and_is_not_asked_to(signed_in, vera, alice, project, data):
    file = SourceFile.objects.create(project=project, name="a.txt", size=1)
    client = signed_in(vera)
    doors = [
        ("register", project.pk),
        ("register-folder", project.pk),
        ("start-upload", project.pk),
        ("preview", file.pk),
        ("discard", file.pk),
        ("notes", data.code.dataset_id),
        ("import-again", data.code.pk),
    ]
    for name, key in doors:
        address = reverse(f"datasets:{name}", args=[key])
        answers = [client.get(address), client.post(address)]
        assert {answer.status_code for answer in answers} <= {403, 405}, name
        assert 403 in {answer.status_code for answer in answers}
    assert client.put(reverse("datasets:upload", args=[file.pk])).status_code == 403
    for page in (reverse("datasets:list", args=[project.pk]), reverse("datasets:detail", args=[data.code.dataset_id])):
        assert "datasets/new/" not in text(client.get(page))


def test_notes_and_licence_are_edited_and_a_taken_name_refused(signed_in, bob, data):
    client = signed_in(bob)
    page = reverse("datasets:notes", args=[data.code.dataset_id])
    assert "Standard library code" in text(client.get(page))
    wrong = text(client.post(page, {"name": "Language reference", "description": "Kept words"}))
    assert "Another dataset of this project has this name." in wrong
    assert "Kept words" in wrong
    client.post(page, {"name": "Code", "licence": "MIT", "description": "New words"})
    detail = text(client.get(reverse("datasets:detail", args=[data.code.dataset_id])))
    assert "New words" in detail
    assert "Licence MIT" in detail


def test_samples_are_sorted_by_a_score_either_way_within_a_search(signed_in, alice, data):
    client = signed_in(alice)
    page = reverse("datasets:version", args=[data.code.pk])
    for sign, first in (("", min), ("-", max)):
        found = client.get(page, {"sort": f"{sign}{data.length.pk}", "q": "self"})
        scores = [row["score"] for row in found.context["samples"].rows]
        assert len(scores) > 3
        assert scores[0] == first(scores)
        assert scores == sorted(scores, reverse=bool(sign))
    assert "the highest first" in text(found)
    assert client.get(page, {"sort": "nonsense"}).context["query"]["sort"] == ""


def test_a_page_of_a_version_costs_the_same_queries_with_more_versions_and_scores(
    signed_in, alice, data, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(alice)
    pages = [reverse("datasets:detail", args=[data.code.dataset_id]), reverse("datasets:version", args=[data.code.pk])]
    with CaptureQueriesContext(
        connection,
    ) as before:
        for page in pages:
            client.get(page)
    for _ in range(3):
        factories.dataset(data.project, alice, "Standard library code", factories.code_rows(5))
    with django_assert_num_queries(len(before)):
        for page in pages:
            client.get(page)

"""A dataset from the file on somebody's disk to its samples, in pieces, with bad rows, and as a second version."""

import json
import shutil

import pytest
from django.urls import reverse

from apps.datasets import uploads
from apps.datasets.models import DatasetVersion
from gradatim.errors import UserError
from tests.apps import factories

ROWS = [{"id": f"s{n}", "question": f"What is {n}?", "answer": f"It is {n}. " * 20} for n in range(300)]
GOOD = "".join(json.dumps(row) + "\n" for row in ROWS)
BAD = GOOD + '{"id": "s300", "question": \n' + json.dumps(ROWS[0]) + "\n"


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(uploads, "PIECE", 16_000)


def choose(page, path):
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload").click()


def test_a_file_becomes_a_dataset_bad_rows_are_skipped_and_a_changed_file_is_version_two(
    open_page, project, alice, tmp_path, small_pieces
):
    (tmp_path / "math.jsonl").write_text(BAD)
    page = open_page(alice)
    page.goto(reverse("accounts:project", args=[project.pk]))
    page.locator("#register").click()
    lost = []

    def lose_the_third(route):
        lost.append(route.request.url)
        route.abort() if len(lost) == 3 else route.continue_()

    page.route("**/uploads/*/?offset=*", lose_the_third)
    choose(page, tmp_path / "math.jsonl")
    page.wait_for_url("**/preview/")
    assert len(lost) > 6
    assert [line for line in page.said if "ERR_FAILED" not in line] == []
    page.said.clear()

    samples = page.locator("#mapped")
    assert "What is 0?" in samples.inner_text()
    page.get_by_label("Domain from").select_option("question")
    samples.locator(".tag", has_text="What is 1?").wait_for()
    page.get_by_label("Domain from").select_option("")
    samples.locator(".tag", has_text="math").first.wait_for()
    page.get_by_label("Name of the new dataset").fill("")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Give the new dataset a name.").wait_for()
    page.get_by_label("Name of the new dataset").fill("Mathematics")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("This version is being made").wait_for()

    first = DatasetVersion.objects.get()
    with pytest.raises(UserError) as error:
        factories.perform(first.job)
    factories.end(first.job, lines=[], outcome="failed", reason=error.value.sentence)
    factories.say(first.job.attempts.get(), ["line 301: this is not JSON", "line 302: the id was used"], "warning")
    page.get_by_role("cell", name="302").wait_for()
    page.get_by_role("button", name="Skip bad rows and import").click()
    page.get_by_text("This version is being made").wait_for()
    first.refresh_from_db()
    factories.done(first)
    page.get_by_text("300 samples in the order of import").wait_for(timeout=20_000)
    assert "2 bad rows skipped in math.jsonl" in page.locator("main").inner_text()

    page.get_by_label("Word").fill("What is 29")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("11 of 300 samples").wait_for()
    assert "q=What" in page.url
    page.go_back()
    page.get_by_text("300 samples in the order of import").wait_for()

    (tmp_path / "math.jsonl").write_text(GOOD.replace("It is 7.", "It is seven."))
    page.get_by_role("link", name="New version").click()
    choose(page, tmp_path / "math.jsonl")
    page.wait_for_url("**/preview/")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("This version is being made").wait_for()
    factories.done(DatasetVersion.objects.get(number=2))
    page.get_by_text("0 added, 0 removed, 1 changed, 299 the same as in version 1.").wait_for(timeout=20_000)


def test_an_upload_goes_on_after_a_reload_and_can_be_cancelled(open_page, project, alice, tmp_path, small_pieces):
    (tmp_path / "math.jsonl").write_text(GOOD)
    page = open_page(alice)
    page.goto(reverse("datasets:register", args=[project.pk]))
    sent = []

    def hang_on_the_fourth(route):
        sent.append(route.request.url)
        if len(sent) != 4:
            route.continue_()

    page.route("**/uploads/*/?offset=*", hang_on_the_fourth)
    with page.expect_request(lambda request: "offset=48000" in request.url):
        choose(page, tmp_path / "math.jsonl")
    page.reload()
    choose(page, tmp_path / "math.jsonl")
    page.wait_for_url("**/preview/")
    assert sent[4].endswith("offset=48000")

    page.goto(reverse("datasets:register", args=[project.pk]))
    shutil.copy(tmp_path / "math.jsonl", tmp_path / "other.jsonl")
    sent.clear()
    with page.expect_request(lambda request: "offset=48000" in request.url):
        choose(page, tmp_path / "other.jsonl")
    page.get_by_role("button", name="Cancel the upload").click()
    page.get_by_role("button", name="Upload", exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    assert project.source_files.get(name="other.jsonl").removed

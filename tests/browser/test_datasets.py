"""A file comes in pieces, whatever the connection does, and shows how its rows would be imported."""

import json
import shutil

import pytest
from django.urls import reverse

from apps.datasets import uploads

ROWS = [{"id": f"s{n}", "question": f"What is {n}?", "answer": f"It is {n}. " * 20} for n in range(300)]
GOOD = "".join(json.dumps(row) + "\n" for row in ROWS)


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(uploads, "PIECE", 16_000)


def choose(page, path):
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload").click()


def test_a_lost_piece_is_sent_again_and_the_first_samples_follow_the_mapping(
    open_page, project, alice, tmp_path, small_pieces
):
    (tmp_path / "math.jsonl").write_text(GOOD)
    page = open_page(alice)
    page.goto(reverse("datasets:register", args=[project.pk]))
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
    page.keyboard.press("Tab")  # from what the pressed button gave way to
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Upload", exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    assert project.source_files.get(name="other.jsonl").removed

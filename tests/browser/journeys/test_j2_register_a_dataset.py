"""J2, register a dataset: 20 MB with bad rows, a report, a version with its facts, samples to browse, a second version."""

import json
import re

import pytest

from apps.audit.models import Entry
from apps.datasets.models import DatasetVersion

ROWS = 20_000
BROKEN = (1_001, 15_000)
TWICE = ROWS + 3
IN_VIEW = "element => element.getBoundingClientRect().top > 0 && element.getBoundingClientRect().bottom < innerHeight"
SUBJECTS = ("algebra", "geometry", "statistics")


def row(k: int) -> dict:
    question = f"What is {k} and {k % 97}, and which of both is larger? " * 4
    return {"id": f"s{k}", "subject": SUBJECTS[k % 3], "question": question, "answer": f"It is {k * 13 % 9973}. " * 64}


def lines(*, broken: bool) -> list[str]:
    """A row a line; two lines are cut off and the first row comes again at the end where it is ``broken``."""
    found = [json.dumps(row(k)) for k in range(ROWS)]
    if broken:
        for number in BROKEN:
            found.insert(number - 1, '{"id": "cut", "question": ')
        found.append(json.dumps(row(0)))
    return found


@pytest.fixture
def corpora(tmp_path, settings):
    """A folder of the server from which files can be registered."""
    settings.DATA_ROOTS = {"corpora": str(tmp_path)}
    return tmp_path


def choose_file(page, hands, path):
    """The file dialog is the system's; what comes before and after it is ours."""
    hands.to(page.get_by_label("File", exact=True))
    page.get_by_label("File", exact=True).set_input_files(path)
    hands.press(page.get_by_role("button", name="Upload"))
    page.wait_for_url("**/preview/")


def test_a_large_file_with_bad_rows_becomes_a_dataset_and_then_its_second_version(
    open_page, keyboard, project, alice, tmp_path
):
    path = tmp_path / "sums.jsonl"
    path.write_text("\n".join(lines(broken=True)))
    assert path.stat().st_size > 20e6
    page = open_page(alice, color_scheme="dark")
    hands = keyboard(page)
    page.goto(f"/projects/{project.pk}/")
    hands.press(page.get_by_role("link", name="Register a dataset"))
    choose_file(page, hands, path)
    hands.choose(page.get_by_label("Domain from"), "subject")
    page.locator("#mapped .tag", has_text="geometry").first.wait_for()
    hands.fill(page.get_by_label("Name of the new dataset"), "Sums")
    hands.press(page.get_by_role("button", name="Import", exact=True))

    # How far it is by now, where the page comes before the end of it: a second or two.
    words = page.locator("#making .progress-words", has_text=re.compile(r"[\d,]+ rows so far.* bytes"))
    refused = page.get_by_text("Nothing was imported.")
    words.or_(refused).first.wait_for()
    refused.wait_for()
    report = page.get_by_role("region", name="Rows that cannot be used").locator("tbody tr")
    assert [text.split("\t")[0] for text in report.all_inner_texts()] == [f"{n}" for n in (*BROKEN, TWICE)]
    assert "s0" in report.last.inner_text()
    hands.press(page.get_by_role("button", name="Skip bad rows and import"))
    page.get_by_text(f"{ROWS:,} samples in the order of import").wait_for()

    first = DatasetVersion.objects.get()
    facts = page.locator("dl.stats").inner_text()
    assert f"{ROWS:,}" in facts
    assert page.locator("#dataset-digest").get_attribute("title") == first.artifact.digest
    assert "3 bad rows skipped in sums.jsonl" in page.locator("main").inner_text()
    shares = page.get_by_role("region", name="Domains").locator("tbody tr").all_inner_texts()
    assert {text.split("\t")[0] for text in shares} == set(SUBJECTS)

    browse(page, hands)
    count_tokens(page, hands, first)

    changed = [json.dumps(row(k)) for k in range(10, ROWS + 5)]
    changed[0] = changed[0].replace("It is", "That is")
    path.write_text("\n".join(changed))
    hands.press(page.get_by_role("link", name="New version"))
    choose_file(page, hands, path)
    assert page.get_by_label("Domain from").input_value() == "subject"
    hands.press(page.get_by_role("button", name="Import", exact=True))
    page.get_by_text(f"5 added, 10 removed, 1 changed, {ROWS - 11:,} the same as in version 1.").wait_for()
    before = first.artifact.digest
    first.refresh_from_db()
    assert first.artifact.digest == before
    hands.press(page.get_by_role("link", name="Sums", exact=True))
    page.get_by_role("heading", name="Sums", exact=True).wait_for()
    versions = page.get_by_role("region", name="Versions").first.locator("tbody tr")
    versions.nth(1).wait_for()
    assert [text.split("\t")[0] for text in versions.all_inner_texts()] == ["Version 2", "Version 1"]


def browse(page, hands):
    """A page further, a word, a domain: each is an address, and Back leads through them."""
    samples = page.locator("#samples")
    hands.press(samples.get_by_role("link", name="Next"))
    page.wait_for_url("**page=2**")
    hands.fill(page.get_by_label("Word"), "What is 777 and")
    page.keyboard.press("Enter")
    samples.get_by_text(f"1 of {ROWS:,} samples contain “What is 777 and”").wait_for()
    assert "q=What" in page.url
    page.go_back()
    page.wait_for_url("**page=2**")
    samples.get_by_text("Page 2 of").wait_for()
    assert page.get_by_label("Word").evaluate(IN_VIEW), "the page that came back stands where it was left"
    hands.choose(page.get_by_label("Domain", exact=True), "geometry")
    samples.get_by_text("in geometry").wait_for()
    assert "domain=geometry" in page.url
    assert set(samples.locator(".sample-head .tag:first-of-type").all_inner_texts()) == {"geometry"}
    page.go_back()
    samples.get_by_text("Page 2 of").wait_for()
    assert page.get_by_label("Domain", exact=True).input_value() == ""


def count_tokens(page, hands, version):
    """A tokenizer trained on the dataset counts it; the version's page says how many there are."""
    hands.press(page.get_by_role("link", name="Train a tokenizer"))
    hands.fill(page.get_by_label("Name"), "Sums")
    hands.tick(page.get_by_label("Sums, version 1"))
    hands.fill(page.get_by_label("Vocabulary"), "400")
    page.keyboard.press("Enter")
    hands.press(page.get_by_role("button", name="Make its tokens"))
    counted = page.locator("#counts tbody tr", has_text="Done")
    counted.wait_for(timeout=200_000)
    tokens = version.tokenized.get().artifact.meta["tokens"]
    assert f"{tokens:,}" in counted.inner_text()
    hands.press(counted.get_by_role("link", name="Sums, version 1"))
    assert f"{tokens:,}" in page.get_by_role("region", name="Tokens").first.inner_text()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("../../etc/passwd", "only what lies below it can be registered"),
        ("file:///etc/passwd", "An address like file:// is not accepted"),
        ("http://169.254.169.254/latest/meta-data/", "Importing from an address is switched off"),
    ],
)
def test_paths_that_lead_elsewhere_are_refused_in_plain_words_and_audited(
    open_page, keyboard, project, alice, corpora, path, sentence
):
    page = open_page(alice, width=390, height=600)
    hands = keyboard(page)
    page.goto(f"/projects/{project.pk}/datasets/new/")
    hands.press(page.locator("summary", has_text="Type a path instead"))
    hands.fill(page.get_by_label("Path below it"), path)
    page.keyboard.press("Enter")
    said = page.locator("#folder .error")
    assert sentence in said.inner_text()
    field = page.get_by_label("Path below it")
    assert field.input_value() == path
    page.locator(":focus").and_(field).wait_for()
    assert field.evaluate(IN_VIEW)
    noted = Entry.objects.get(kind="path.refused")
    assert (noted.actor_name, noted.object_name, noted.project_name) == ("alice", f"corpora: {path}", project.name)

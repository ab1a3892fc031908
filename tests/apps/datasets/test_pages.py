import pytest
from django.urls import reverse

from apps.datasets import selectors
from tests.apps import factories

pytestmark = pytest.mark.django_db


def version_page(client, version, headers=None, **query):
    return client.get(reverse("datasets:version", args=[version.pk]), query, headers=headers or {})


def test_a_version_shows_digest_samples_domains_and_tokens_of_each_tokenizer(signed_in, vera, data):
    page = version_page(signed_in(vera), data.code).content.decode()
    assert data.code.artifact.digest in page
    assert "argparse" in page
    assert "Prose and code" in page
    assert "Every row was imported." in page
    assert "Compression ratio" in page


def test_hostile_text_is_escaped_wherever_it_stands(signed_in, alice, data):
    client = signed_in(alice)
    position = 0
    for address in (
        reverse("datasets:version", args=[data.code.pk]),
        reverse("datasets:sample", args=[data.code.pk, position]),
        reverse("scores:detail", args=[data.length.pk]),
    ):
        page = client.get(address).content.decode()
        assert "&lt;script&gt;alert(" in page
        assert "<script>alert" not in page
    page = version_page(client, data.code, q="<script>").content.decode()
    assert "contain “&lt;script&gt;”" in page


def test_pages_words_and_domains_are_in_the_address(signed_in, alice, data):
    client = signed_in(alice)
    first = version_page(client, data.code).content.decode()
    second = version_page(client, data.code, page=2).content.decode()
    assert "#0</a>" in first
    assert "#20</a>" in second
    assert "#0</a>" not in second
    found = version_page(client, data.code, domain="text").content.decode()
    assert "1 of 40 samples in text" in found
    found = version_page(client, data.code, q="ALERT").content.decode()
    assert "1 of 40 samples contain “ALERT”" in found
    assert "No sample matches." in version_page(client, data.code, q="no such word anywhere").content.decode()


def test_a_search_by_htmx_gets_the_samples_alone_and_going_back_the_whole_page(signed_in, alice, data, htmx):
    piece = version_page(signed_in(alice), data.code, htmx, q="self")
    assert piece.content.decode().strip().startswith('<div id="samples"')
    assert "HX-Request" in piece.headers["Vary"]
    whole = version_page(signed_in(alice), data.code, {**htmx, "HX-History-Restore-Request": "true"}, q="self")
    assert "<html" in whole.content.decode()


def test_a_page_number_that_makes_no_sense_shows_a_page_that_does(signed_in, alice, data):
    for page in ("0", "-3", "x", "999999999"):
        assert version_page(signed_in(alice), data.code, page=page).status_code == 200


def test_matching_positions_are_those_that_reading_every_sample_finds(data):
    dataset = factories.store().get("dataset", data.code.artifact.digest)
    texts = selectors.lookup.Dataset(dataset.path).texts(range(40))
    expected = [n for n, text in enumerate(texts) if "self" in text.lower()]
    found = selectors.samples(data.code.artifact, word="SELF")
    assert found.total == len(expected) > 3
    assert [row["position"] for row in found.rows] == expected[:20]


@pytest.fixture
def many(project, alice, monkeypatch):
    """Sixty samples in row groups of ten; every second one holds the word."""
    monkeypatch.setattr("gradatim.corpora.store.GROUP_ROWS", 10)
    rows = [{"id": str(n), "domain": "x", "text": f"needle {n}" if n % 2 else f"hay {n}"} for n in range(60)]
    return factories.dataset(project, alice, "Haystack", rows)


@pytest.mark.parametrize("limit", [{"SEARCH_BYTES": 200}, {"SEARCH_SECONDS": 0}])
def test_a_search_reads_only_so_much_says_so_and_goes_on(signed_in, alice, many, settings, limit):
    for name, value in limit.items():
        setattr(settings, name, value)
    client, found, address, steps = signed_in(alice), [], {"q": "NEEDLE"}, 0
    while address is not None:
        page = version_page(client, many, **address)
        samples = page.context["samples"]
        found += [row["position"] for row in samples.rows]
        text, steps = page.content.decode(), steps + 1
        address = {"q": "NEEDLE", "from": samples.stop} if samples.stop < samples.end else None
        assert (f"from={samples.stop}" in text) == ("Search on" in text) == (address is not None)
    assert found == list(range(1, 60, 2))
    assert steps > 2
    assert "of the samples " in text


def test_over_the_api_a_search_says_where_it_stopped(signed_in, alice, many, settings):
    settings.SEARCH_SECONDS = 0
    client, address = signed_in(alice), f"/api/v1/versions/{many.pk}/samples/"
    first = client.get(address, {"q": "needle"}).json()
    assert (first["start"], first["stop"], first["end"], first["total"]) == (0, 10, 60, 5)
    second = client.get(address, {"q": "needle", "start": first["stop"]}).json()
    assert (second["start"], second["stop"], second["samples"][0]["position"]) == (10, 20, 11)
    assert client.get(address, {"q": "needle", "start": "x"}).json()["field"] == "start"
    assert client.get(address, {"start": "9" * 15}).json()["total"] == 60


def test_where_a_search_shall_begin_is_read_leniently_on_the_page(signed_in, alice, many):
    for begin in ("-1", "x", "²", "9" * 30, "1000"):
        assert version_page(signed_in(alice), many, q="needle", **{"from": begin}).status_code == 200


def test_long_texts_are_folded_and_very_long_ones_lead_to_their_own_page(signed_in, alice, project):
    rows = [{"id": "a", "domain": "x", "text": "word " * 2000}, {"id": "b", "domain": "x", "text": "short"}]
    version = factories.dataset(project, alice, "Long", rows)
    page = version_page(signed_in(alice), version).content.decode()
    assert page.count("data-expand") == 1
    assert "open the whole sample" in page
    whole = signed_in(alice).get(reverse("datasets:sample", args=[version.pk, 0])).content.decode()
    assert whole.count("word") >= 2000


def test_a_sample_has_a_page_with_all_that_is_said_of_it(signed_in, alice, data):
    page = signed_in(alice).get(reverse("datasets:sample", args=[data.code.pk, 3])).content.decode()
    assert "Compression ratio" in page
    assert "Length" in page
    assert signed_in(alice).get(reverse("datasets:sample", args=[data.code.pk, 40])).status_code == 404


def test_skipped_rows_are_reported_by_line_and_reason(signed_in, alice, project):
    rows = [{"id": str(n), "domain": "x", "text": f"text {n}"} for n in range(5)]
    version = factories.dataset(project, alice, "Broken", rows, bad=("{not json", '{"id": "9", "domain": "x"}'))
    page = version_page(signed_in(alice), version).content.decode()
    assert "2 bad rows skipped in samples.jsonl" in page
    assert ">6</td>" in page
    assert ">7</td>" in page


def test_a_version_that_is_being_made_shows_its_jobs_progress(signed_in, alice, project):
    source = {"kind": "file", "path": "/nowhere/x.jsonl"}
    version = factories.datasets.import_dataset(project=project, name="Later", source=source, by=alice)
    page = version_page(signed_in(alice), version).content.decode()
    assert "is being made" in page
    assert reverse("jobs:detail", args=[version.job_id]) in page


def test_an_empty_list_is_one_sentence_and_one_button(signed_in, alice, project):
    page = signed_in(alice).get(reverse("datasets:list", args=[project.pk])).content.decode()
    assert "No dataset is registered in this project yet." in page

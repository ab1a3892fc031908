"""Searching a dataset by parts finds what reading every sample finds, wherever it begins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.corpora import store
from gradatim.corpora.rows import batch_of
from gradatim.corpora.search import search

ROWS = 200
WORDS = ("Zebra", "zebra crossing", "ÄRGER", "plain", "100 %", "a.c", "abc")


def texts() -> list[tuple[str | None, str, str]]:
    return [(WORDS[i % 7] if i % 5 == 0 else None, f"text {i} {WORDS[i % 6]}", "ab"[i % 3 == 0]) for i in range(ROWS)]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "GROUP_ROWS", 16)
        patch.setattr(store, "SHARD_ROWS", 64)
        folder = tmp_path_factory.mktemp("dataset")
        prompts, bodies, domains = zip(*texts(), strict=True)
        batch = batch_of(map(str, range(ROWS)), domains, prompts, bodies, range(ROWS), ROWS)
        list(store.write_dataset(folder, [batch], source={"kind": "test"}))
        return store.Dataset(folder / "dataset")


@given(
    word=st.sampled_from(["", "zebra", "ZEBRA", "ärger", "a.c", "100 %", "nowhere", "text 1"]),
    domain=st.sampled_from(["", "a", "b", "c"]),
    start=st.integers(0, ROWS),
)
def test_it_finds_what_reading_every_sample_finds(dataset, word, domain, start):
    expected = [
        i
        for i, (prompt, text, of) in enumerate(texts())
        if i >= start
        and (not domain or of == domain)
        and (word.lower() in text.lower() or word.lower() in (prompt or "").lower())
    ]
    parts = list(search(dataset, word=word, domain=domain, start=start))
    found = np.concatenate([part.positions for part in parts]) if parts else []
    assert list(found) == expected
    assert [part.stop for part in parts][-1:] == ([ROWS] if start < ROWS else [])


def test_it_can_be_stopped_and_gone_on_with_without_loss(dataset):
    whole = np.concatenate([part.positions for part in search(dataset, word="zebra")])
    first = next(search(dataset, word="zebra"))
    rest = [part.positions for part in search(dataset, word="zebra", start=first.stop)]
    assert first.stop == 16
    assert first.positions.dtype == np.int64
    assert np.array_equal(np.concatenate([first.positions, *rest]), whole)


def test_text_is_read_only_for_a_word(dataset):
    by_domain = sum(part.bytes for part in search(dataset, domain="a"))
    by_word = sum(part.bytes for part in search(dataset, domain="a", word="zebra"))
    assert 0 < by_domain < by_word / 2

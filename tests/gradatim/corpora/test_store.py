"""A dataset artifact: what is written is read, by stream and by position; the held-out rule; the digest."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.corpora import store
from gradatim.corpora.heldout import is_held_out
from gradatim.corpora.rows import batch_of
from gradatim.errors import UserError
from gradatim.events import Artifact, Progress
from tests.gradatim.corpora.making import jsonl, run, write

ROWS = 700


def made(folder, *, sizes=(300, 1, 399)):
    """A dataset of 700 samples in two domains, given to the writer in batches of the sizes named."""
    batches, row = [], 0
    for size in sizes:
        numbers = range(row, row + size)
        prompts = [f"ask {i}" if i % 5 == 0 else None for i in numbers]
        texts = [f"text é {i}" for i in numbers]
        batches.append(
            batch_of(map(str, numbers), ["web" if i % 3 else "code" for i in numbers], prompts, texts, numbers, row)
        )
        row += size
    events = list(store.write_dataset(folder, batches, source={"kind": "test"}))
    assert all(isinstance(event, Progress) for event in events[:-1]) and isinstance(events[-1], Artifact)
    assert [event.detail for event in events[:-1]] == [f"{n} rows so far" for n in np.cumsum(sizes)]
    return store.Dataset(folder / "dataset")


@pytest.fixture(scope="module")
def small_groups():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "GROUP_ROWS", 64)
        patch.setattr(store, "SHARD_ROWS", 256)
        yield


@pytest.fixture(scope="module")
def dataset(tmp_path_factory, small_groups):
    return made(tmp_path_factory.mktemp("dataset"))


def test_rows_keep_their_order_over_groups_and_shards(dataset):
    assert len(list(dataset.folder.glob("samples-*.parquet"))) == 3
    assert dataset.rows == ROWS
    assert dataset.column("id").to_pylist() == [str(i) for i in range(ROWS)]
    assert dataset.texts([0, 1]) == ["ask 0\ntext é 0", "text é 1"]


def test_columns_and_totals_agree(dataset):
    codes, held_out, sizes = dataset.domain_codes(), dataset.held_out(), dataset.byte_counts()
    assert dataset.domains == ["code", "web"]
    assert (codes.dtype, held_out.dtype, sizes.dtype) == (np.int32, np.bool_, np.int32)
    assert codes.tolist() == [1 if i % 3 else 0 for i in range(ROWS)]
    assert sizes[0] == len("ask 0text é 0".encode()) and sizes[1] == len("text é 1".encode())
    for code, name in enumerate(dataset.domains):
        mine = codes == code
        counted = {"rows": mine.sum(), "bytes": sizes[mine].sum(), "held_out": held_out[mine].sum()}
        assert dataset.meta["domains"][name] == counted
    assert dataset.meta["bytes"] == sizes.sum() and dataset.meta["held_out"] == held_out.sum()


@given(positions=st.lists(st.integers(0, ROWS - 1), max_size=30))
def test_any_positions_are_read_in_the_order_asked(dataset, positions):
    assert [row["id"] for row in dataset.rows_at(positions)] == [str(p) for p in positions]
    assert dataset.texts(positions) == [(f"ask {p}\n" if p % 5 == 0 else "") + f"text é {p}" for p in positions]


@given(start=st.integers(0, ROWS + 3), size=st.integers(1, 200))
def test_batches_go_on_from_any_position(dataset, start, size):
    batches = list(dataset.batches(["text", "id"], size, start))
    assert [i for batch in batches for i in batch["id"].to_pylist()] == [str(i) for i in range(start, ROWS)]
    assert all(1 <= len(batch) <= size and batch.schema.names == ["text", "id"] for batch in batches)
    assert sum(len(texts) for texts in dataset.text_batches(size, start)) == max(0, ROWS - start)


def test_positions_outside_are_refused(dataset):
    for position in (-1, ROWS):
        with pytest.raises(UserError, match="positions 0 to 699 only"):
            dataset.texts([position])


def test_the_digest_depends_on_the_samples_and_not_on_how_they_came(dataset, small_groups, tmp_path):
    assert made(tmp_path / "a").digest == dataset.digest
    assert made(tmp_path / "b", sizes=[1] * 20 + [680]).digest == dataset.digest
    assert made(tmp_path / "c", sizes=(300, 399)).digest != dataset.digest


def held(prompts, texts):
    return is_held_out(pa.array(prompts, pa.string()), pa.array(texts, pa.string()))


def test_held_out_are_the_texts_whose_hash_says_so():
    prompts, texts = ["p", None, None], ["x", "x", "y"]
    heads = [hashlib.sha256(data).digest()[:8] for data in (b"p\x00x", b"\x00x", b"\x00y")]
    assert held(prompts, texts).tolist() == [int.from_bytes(head, "big") % 10_000 < 200 for head in heads]


def test_two_percent_are_held_out_the_same_ones_wherever_they_stand():
    texts = [f"sample {i}" for i in range(50_000)]
    held_out = held([None] * len(texts), texts)
    assert abs(held_out.mean() - 0.02) < 0.003
    assert (held([None] * len(texts), texts[::-1]) == held_out[::-1]).all()
    assert (held([""] * len(texts), texts) == held_out).all()


def test_a_row_group_that_cannot_be_written_is_no_dataset(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        made(tmp_path / "a")
    assert not list(tmp_path.rglob("manifest.json"))


def test_too_many_domains_are_a_mapping_mistake(tmp_path):
    path = write(tmp_path, "a.jsonl", jsonl([{"url": f"u{i}", "text": "x"} for i in range(1001)]))
    source = {"kind": "file", "path": str(path), "mapping": {"domain": "url"}}
    with pytest.raises(UserError, match="more than 1,000 domains") as error:
        run("import_dataset", tmp_path / "out", source=source)
    assert error.value.field == "source.mapping.domain"


def test_an_import_says_where_its_samples_came_from_and_not_its_path(tmp_path):
    path = write(tmp_path, "secret-folder-name.blob", jsonl([{"text": "x"}]))
    artifact, _ = run("import_dataset", tmp_path / "out", source={"kind": "file", "path": str(path)}, name="web.jsonl")
    assert artifact.meta["source"] == {
        "kind": "file",
        "name": "web.jsonl",
        "format": "jsonl",
        "mapping": {"domain_name": "web"},
        "bad_rows": 0,
    }
    assert list(artifact.meta["domains"]) == ["web"]


@pytest.mark.parametrize(
    "source, field",
    [
        ({"kind": "url"}, "source.kind"),
        ({"kind": "file"}, "source.path"),
        ({"kind": "file", "path": "/nonexistent/a.jsonl"}, "source.path"),
        ({"kind": "file", "path": "a.jsonl", "maping": {}}, "source.maping"),
        ({"kind": "python_library", "part": "poems"}, "source.part"),
    ],
)
def test_sources_that_do_not_exist_are_refused_with_their_field(tmp_path, source, field):
    with pytest.raises(UserError) as error:
        run("import_dataset", tmp_path / "out", source=source)
    assert error.value.field == field

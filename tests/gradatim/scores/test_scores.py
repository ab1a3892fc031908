import hashlib
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.corpora import rows, store
from gradatim.corpora.store import Dataset
from gradatim.corpora.tokens import Tokens
from gradatim.errors import UserError
from gradatim.scores import compression_ratio, imported, length
from gradatim.types import ScoreContext
from tests.gradatim.training import tiny

TEXTS = ["Grüße", "aaaa" * 300, "a" * 10, "step by step " * 20]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Four samples, the first of them a prompt with an answer."""
    folder = tmp_path_factory.mktemp("data")
    batch = rows.batch_of(list("wxyz"), "prose", ["Wie?", None, None, None], TEXTS, range(1, 5), 4)
    list(store.write_dataset(folder, [batch], source={}))
    return Dataset(folder / "dataset")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"), samples=60)


def scored(method, samples, context=None, **params):
    chunks = list(method.score(samples, method.Params(**params), context or ScoreContext()))
    assert all(chunk.dtype == np.float32 for chunk in chunks)
    return np.concatenate(chunks).tolist()


def test_length_counts_prompt_and_text(data):
    assert scored(length, data) == [4 + 7, 1200, 10, 260]
    assert scored(length, data, unit="characters") == [4 + 5, 1200, 10, 260]


def test_length_in_tokens_leaves_out_the_end_of_text(corpus):
    tokens = Tokens(corpus.tokens.path)
    found = scored(length, Dataset(corpus.dataset.path), ScoreContext(tokens=tokens), unit="tokens")
    assert found == [len(tokens.sample(row)) - 1 for row in range(60)]


def test_length_in_tokens_asks_for_a_tokenizer(data):
    with pytest.raises(UserError, match="needs a tokenizer"):
        scored(length, data, unit="tokens")


def test_the_compression_ratio_is_of_whole_samples_by_default(data):
    whole = [b"Wie?\n" + TEXTS[0].encode(), *(text.encode() for text in TEXTS[1:])]
    expected = [len(zlib.compress(text, 9)) / len(text) for text in whole]
    assert scored(compression_ratio, data) == np.array(expected, np.float32).tolist()
    assert expected[1] < 0.02 < 1 < expected[0]


def test_a_window_compares_pieces_of_one_size():
    text = b"step by step " * 40
    pieces = [text[k : k + 100] for k in range(0, 500, 100)]
    expected = sum(len(zlib.compress(piece, 6)) for piece in pieces) / 500
    assert compression_ratio.ratio(text, 6, 100) == pytest.approx(expected)
    assert compression_ratio.ratio(text[:99], 6, 100) == len(zlib.compress(text[:99], 6)) / 99
    assert compression_ratio.ratio(b"", 9, 0) == 1.0


@given(st.binary(min_size=1, max_size=300), st.integers(1, 9), st.integers(0, 400))
def test_a_ratio_is_positive_and_never_far_above_one_for_long_pieces(data, level, window):
    found = compression_ratio.ratio(data, level, window)
    assert 0 < found <= 1 + 11 / min(len(data), window or len(data))


def test_scores_begin_where_an_earlier_attempt_ended(corpus):
    samples = Dataset(corpus.dataset.path)
    for method in (length, compression_ratio):
        assert scored(method, samples, ScoreContext(start=13)) == scored(method, samples)[13:]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_column_is_matched_by_id(data, tmp_path, ending):
    path = tmp_path / f"scores.{ending}"
    table = pa.table({"key": ["z", "other", "x", "w", "y"], "quality": [4.0, 99.0, 2.0, 1.0, 3.5]})
    if ending == "parquet":
        pq.write_table(table, path)
    else:
        from pyarrow import csv

        csv.write_csv(table, path)
    assert scored(imported, data, path=str(path), column="quality", id_column="key") == [1, 2, 3.5, 4]


def test_numbers_as_ids_match_too(tmp_path):
    batch = rows.batch_of(["7", "8"], "prose", None, ["one", "two"], range(1, 3), 2)
    list(store.write_dataset(tmp_path, [batch], source={}))
    pq.write_table(pa.table({"id": [8, 7], "score": [80, 70]}), tmp_path / "scores.parquet")
    samples = Dataset(tmp_path / "dataset")
    assert scored(imported, samples, path=str(tmp_path / "scores.parquet")) == [70, 80]


def test_an_array_is_taken_row_by_row(data, tmp_path):
    np.save(tmp_path / "scores.npy", np.array([1, 2, 3, 4]))
    assert scored(imported, data, path=str(tmp_path / "scores.npy")) == [1, 2, 3, 4]
    np.save(tmp_path / "short.npy", np.arange(3))
    with pytest.raises(UserError, match="each of the 4 samples"):
        scored(imported, data, path=str(tmp_path / "short.npy"))


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"id": ["w", "x"], "score": [1.0, 2.0]}, "2 of 4 samples have no value in scores.parquet, the first is 'y'"),
        ({"id": list("wxyzw"), "score": [1.0] * 5}, "1 ids have more than one value, the first is 'w'"),
        ({"id": list("wxyz"), "score": list("abcd")}, "holds string and not numbers"),
        ({"id": list("wxyz"), "value": [1.0] * 4}, "cannot be read with the columns 'id' and 'score'"),
    ],
)
def test_a_column_that_does_not_cover_the_samples_is_refused(data, tmp_path, columns, sentence):
    pq.write_table(pa.table(columns), tmp_path / "scores.parquet")
    with pytest.raises(UserError, match=sentence):
        scored(imported, data, path=str(tmp_path / "scores.parquet"))


@pytest.mark.parametrize(("missing", "value"), [("lowest", 1), ("median", 2), ("highest", 9)])
def test_samples_without_a_value_stand_where_they_are_told_to_and_are_counted(data, tmp_path, missing, value):
    (tmp_path / "scores.csv").write_text("id,score\nz,9\nw,1\nx,\ny,2\nother,7\n")
    asked = {"path": str(tmp_path / "scores.csv"), "missing": missing}
    assert scored(imported, data, **asked) == [1, value, 2, 9]
    missing = imported.missing(data, imported.Params(**asked))
    assert imported.coverage(data, missing) == {"missing": 1, "missing_ids": ["x"]}


def test_a_file_of_other_samples_is_refused_whatever_stands_for_the_missing(data, tmp_path):
    (tmp_path / "scores.csv").write_text("id,score\na,9\n")
    with pytest.raises(UserError, match="None of the 4 samples") as caught:
        scored(imported, data, path=str(tmp_path / "scores.csv"), missing="median")
    assert caught.value.field == "params.id_column"


def test_what_is_recorded_of_a_file_is_its_digest_and_not_its_place(tmp_path):
    (tmp_path / "scores.csv").write_text("id,score\n")
    digest = hashlib.sha256(b"id,score\n").hexdigest()
    recorded = imported.recorded(imported.Params(path=str(tmp_path / "scores.csv")))
    assert recorded["path"] == f"{digest}.csv"
    assert recorded["missing"] == "refuse"


def test_files_of_other_kinds_are_refused(data, tmp_path):
    (tmp_path / "scores.pkl").write_bytes(b"pickle")
    with pytest.raises(UserError, match="not a .parquet, .csv or .npy"):
        scored(imported, data, path=str(tmp_path / "scores.pkl"))
    (tmp_path / "scores.npy").write_bytes(b"no array")
    with pytest.raises(UserError, match="cannot be read as a .npy"):
        scored(imported, data, path=str(tmp_path / "scores.npy"))
    with pytest.raises(UserError, match="cannot be read"):
        scored(imported, data, path=str(tmp_path / "absent.csv"))


def test_columns_must_be_two_and_have_names_of_their_own(data, tmp_path):
    twice = pa.table([list("wxyz"), [1.0] * 4, [2.0] * 4], names=["id", "score", "score"])
    pq.write_table(twice, tmp_path / "scores.parquet")
    with pytest.raises(UserError, match="same name|cannot be read"):
        scored(imported, data, path=str(tmp_path / "scores.parquet"))
    with pytest.raises(UserError, match="ids and scores at once"):
        scored(imported, data, path=str(tmp_path / "scores.parquet"), column="id")

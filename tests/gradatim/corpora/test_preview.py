"""A file is looked at before it is imported: fields, a guess, the first rows, and nothing that breaks on strange files."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradatim.corpora import preview
from gradatim.corpora.streams import File
from gradatim.errors import UserError
from tests.gradatim.corpora.making import jsonl, write

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def look(path):
    file = File(path, path.name)
    found = preview.records(file)
    fields = preview.fields_of(found)
    return file, fields, preview.guess(fields, found)


def test_questions_with_answers_are_guessed_as_prompts(tmp_path):
    rows = [{"question": f"What is {n}?", "answer": f"It is {n}."} for n in range(3)]
    file, fields, mapped = look(write(tmp_path, "math.jsonl", jsonl(rows)))
    assert [(field.name, field.kind) for field in fields] == [("question", "text"), ("answer", "text")]
    assert mapped == {"prompt": "question", "answer": "answer"}
    first = preview.head(file, mapped).rows[0]
    assert first == {"id": "0", "domain": "math", "prompt": "What is 0?", "text": "It is 0.", "line": 1}


def test_nested_fields_ids_and_domains_are_found_and_a_unique_field_is_no_domain(tmp_path):
    rows = [{"body": "x" * 9, "meta": {"n": n}, "id": n, "source": f"s{n}", "lang": "en"} for n in range(4)]
    _, fields, mapped = look(write(tmp_path, "a.jsonl.gz", jsonl(rows)))
    assert "meta.n" in [field.name for field in fields]
    assert mapped == {"text": "body", "id": "id", "domain": "lang"}


def test_the_longest_text_is_the_text_where_no_name_says_so(tmp_path):
    _, _, mapped = look(write(tmp_path, "a.csv", "title,story\nA,once upon a time\nB,the end came soon\n"))
    assert mapped == {"text": "story"}


def test_tables_and_plain_texts_show_their_first_rows(tmp_path):
    pq.write_table(pa.table({"text": ["one", "two"], "n": [1, 2]}), tmp_path / "a.parquet")
    file, fields, mapped = look(tmp_path / "a.parquet")
    assert [(field.name, field.kind) for field in fields] == [("text", "text"), ("n", "number")]
    assert [row["text"] for row in preview.head(file, mapped).rows] == ["one", "two"]
    file, fields, mapped = look(write(tmp_path, "a.txt", "one\n\ntwo\n"))
    assert (fields, mapped) == ([], {})
    assert [row["text"] for row in preview.head(file, {"min_chars": 1}).rows] == ["one", "two"]


def test_bad_rows_among_the_first_are_named_with_their_lines(tmp_path):
    file, _, mapped = look(write(tmp_path, "a.jsonl", b'{"text": "x"}\nbroken\n{"text": ""}\n'))
    found = preview.head(file, mapped)
    assert (found.read, found.bad_count, found.place) == (3, 2, "line")
    assert [entry["line"] for entry in found.bad] == [2, 3]


@pytest.mark.parametrize(
    "name, data, sentence",
    [
        ("a.jsonl", b"PK\x03\x04rest", "a zip archive"),
        ("a.jsonl", gzip.compress(b"{}", mtime=0), "holds gzip data"),
        ("a.txt", "über".encode("utf-16"), "not a text file in UTF-8"),
        ("a.parquet", b"{}", "does not hold parquet data"),
        ("a.csv", b"", "is empty"),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(tmp_path, name, data, sentence):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=sentence) as error:
        preview.check_content(File(tmp_path / name, name))
    assert error.value.field == "path"


def test_a_field_whose_name_no_mapping_may_hold_is_not_offered(tmp_path):
    _, fields, mapped = look(write(tmp_path, "any.jsonl", jsonl([{"\x00": "longest text", "a": "text"}])))
    assert [field.name for field in fields] == ["a"]
    assert mapped == {"text": "a"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(JSON | st.dictionaries(st.text(max_size=8), JSON, max_size=5), max_size=6), st.binary(max_size=30))
def test_whatever_the_lines_hold_a_look_at_them_breaks_nothing(tmp_path, values, rest):
    path = tmp_path / "any.jsonl"
    path.write_bytes("".join(json.dumps(value) + "\n" for value in values).encode() + rest)
    file, fields, mapped = look(path)
    found = preview.head(file, mapped)
    assert len(found.rows) + found.bad_count <= found.read or found.rows == []
    assert set(mapped.values()) <= {field.name for field in fields}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_whatever_bytes_a_table_holds_it_is_shown_or_refused_in_words(tmp_path, data):
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    try:
        file, _, mapped = look(path)
        preview.head(file, mapped)
    except UserError as error:
        assert error.sentence.endswith(".")

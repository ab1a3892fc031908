"""Whatever texts and ids a file holds arrive as they are, from every format."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gradatim.corpora.making import jsonl, read_rows, write

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda text: text.strip())
ROWS = st.lists(
    st.fixed_dictionaries({"key": TEXT, "part": TEXT, "question": st.none() | TEXT, "reply": TEXT}),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row["key"],
)
FIELDS = {"id": "key", "domain": "part", "prompt": "question", "answer": "reply"}


def expected(rows: list[dict]) -> list[dict]:
    return [{"id": r["key"], "domain": r["part"], "prompt": r["question"], "text": r["reply"]} for r in rows]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.ndjson"])
@given(rows=ROWS)
def test_rows_of_json_lines_arrive_as_they_were_written(name, rows):
    with TemporaryDirectory() as folder:
        assert read_rows(write(Path(folder), name, jsonl(rows)), FIELDS)[0] == expected(rows)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.zst", "a.tsv"])
@given(rows=ROWS)
def test_rows_of_csv_arrive_as_they_were_written(name, rows):
    buffer = io.StringIO(newline="")
    table = csv.DictWriter(buffer, ["key", "part", "question", "reply"], delimiter="\t" if ".tsv" in name else ",")
    table.writeheader()
    table.writerows(rows)
    with TemporaryDirectory() as folder:
        assert read_rows(write(Path(folder), name, buffer.getvalue()), FIELDS)[0] == expected(rows)


@given(rows=ROWS)
def test_rows_of_parquet_arrive_as_they_were_written(rows):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
        assert read_rows(path, FIELDS)[0] == expected(rows)


@given(paragraphs=st.lists(st.text("ab c\n", min_size=1, max_size=30), max_size=20), least=st.integers(1, 60))
def test_paragraphs_of_a_text_file_are_all_there_in_groups_of_the_least_size(paragraphs, least):
    text = "\n\n".join(paragraphs)
    with TemporaryDirectory() as folder:
        rows, _ = read_rows(write(Path(folder), "a.txt", text), {"min_chars": least})
    assert "\n\n".join(row["text"] for row in rows).split() == text.split()
    assert all(len(row["text"]) >= least for row in rows) or len(rows) == 1


def test_lines_of_a_text_file_are_samples_without_the_blank_ones(tmp_path):
    rows, _ = read_rows(write(tmp_path, "a.txt.gz", "one\r\n\n two \nthree"), {"unit": "lines"})
    assert [row["text"] for row in rows] == ["one", " two ", "three"]
    assert [row["id"] for row in rows] == ["0", "1", "2"]


def test_without_a_mapping_the_text_field_is_read_and_ids_are_row_numbers(tmp_path):
    rows, _ = read_rows(write(tmp_path, "prose.jsonl", jsonl([{"text": "a"}, {"text": "b"}])))
    assert rows == [{"id": str(i), "domain": "prose", "prompt": None, "text": t} for i, t in enumerate("ab")]


def test_nested_fields_whole_number_ids_and_empty_prompts_are_understood(tmp_path):
    fields = {"id": "n", "domain": "meta.source", "prompt": "p", "answer": "a"}
    data = [
        {"n": 7, "meta": {"source": "web"}, "p": "", "a": "x"},
        {"n": 8, "meta": {"source": "web"}, "p": "q", "a": "y"},
    ]
    wanted = [("7", "web", None, "x"), ("8", "web", "q", "y")]
    pq.write_table(pa.Table.from_pylist(data), tmp_path / "a.parquet")
    for path in (write(tmp_path, "a.jsonl", jsonl(data)), tmp_path / "a.parquet"):
        rows, _ = read_rows(path, fields)
        assert [tuple(row[key] for key in ("id", "domain", "prompt", "text")) for row in rows] == wanted


def test_a_byte_order_mark_and_many_blocks_leave_no_trace(tmp_path, monkeypatch):
    monkeypatch.setattr("gradatim.corpora.streams.BLOCK", 7)
    data = b"\xef\xbb\xbf" + jsonl([{"text": f"sample {i}"} for i in range(50)]).encode()
    rows, _ = read_rows(write(tmp_path, "a.jsonl", data))
    assert [row["text"] for row in rows] == [f"sample {i}" for i in range(50)]


def test_blank_lines_and_windows_line_ends_are_passed_over(tmp_path):
    rows, _ = read_rows(write(tmp_path, "a.jsonl", '\r\n{"text": "a"}\r\n \r\n{"text": "b"}\r\n\r\n'))
    assert [(row["id"], row["text"]) for row in rows] == [("0", "a"), ("1", "b")]

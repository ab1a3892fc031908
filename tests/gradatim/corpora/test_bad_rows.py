"""What cannot be used is refused with file and line, or skipped, counted and listed."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradatim.corpora import mapping
from gradatim.errors import UserError
from tests.gradatim.corpora.making import compressed, jsonl, read_rows, run, write

GOOD = b'{"text": "good"}\n'
BAD_LINES = {
    "not JSON": (b'{"text": ', "this is not JSON (expecting value at character 10)"),
    "no object": (b'["text"]', "an object with fields is expected"),
    "no such field": (b'{"content": "x"}', 'there is no field "text" (fields: content)'),
    "not text": (b'{"text": 5}', 'the field "text" is not text'),
    "null": (b'{"text": null}', "the text is empty"),
    "empty": (b'{"text": " \\n "}', "the text is empty"),
    "half a character": (b'{"text": "\\ud800"}', "lone surrogate"),
    "not UTF-8": (b'{"text": "\xff"}', "byte 11 is not UTF-8"),
    "deep": (b"[" * 100_000, "nested too deeply"),
}


@pytest.mark.parametrize("line, reason", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_named_with_its_file_and_number(tmp_path, line, reason):
    path = write(tmp_path, "prose.jsonl", GOOD + b"\n" + GOOD + line + b"\n" + GOOD)
    with pytest.raises(UserError) as error:
        read_rows(path)
    assert error.value.sentence.startswith("prose.jsonl, line 4: ") and reason in error.value.sentence
    rows, bad = read_rows(path, skip=True)
    assert [row["id"] for row in rows] == ["0", "1", "3"]
    assert bad.count == 1 and bad.listed[0]["line"] == 4


FRAGMENTS = [
    '{"text": "a"}',
    '{"text": ["b"',
    '{"text": "c',
    "]}",
    '"}',
    '"',
    ",",
    "[",
    "]",
    "{",
    "}",
    " ",
    "\r",
    "7",
    ":",
]


@example(['{"text": ["b"', ']},{"text": "a"}'])
@example(['{"text": "a"},{"text": "a"}', " "])
@example(['{"text": "c', '"}', '{"text": "a"}'])
@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=4).map("".join), max_size=8))
def test_every_line_is_json_by_itself_whatever_its_neighbours_hold(tmp_path_factory, lines):
    rows, bad = read_rows(write(tmp_path_factory.mktemp("made"), "a.jsonl", "\n".join(lines)), skip=True)
    expected = []
    for line in filter(str.strip, lines):
        try:
            expected.append(json.loads(line)["text"])
        except (ValueError, TypeError, LookupError):
            expected.append(None)
    usable = [text for text in expected if isinstance(text, str)]
    assert [row["text"] for row in rows] == usable
    assert bad.count == len(expected) - len(usable)


def test_an_id_used_twice_is_refused_at_its_second_line_also_far_away(tmp_path):
    rows = [{"id": f"s{i}", "text": "x"} for i in range(9000)] + [{"id": "s17", "text": "y"}]
    with pytest.raises(UserError, match='a.jsonl, line 9001: the id "s17" was used before'):
        read_rows(write(tmp_path, "a.jsonl", jsonl(rows)), {"id": "id"})


def test_the_id_of_a_bad_row_is_still_free(tmp_path):
    rows = [{"id": "a", "text": ""}, {"id": "a", "text": "x"}]
    kept, bad = read_rows(write(tmp_path, "a.jsonl", jsonl(rows)), {"id": "id"}, skip=True)
    assert [row["text"] for row in kept] == ["x"] and bad.count == 1


def test_rows_without_domain_or_id_are_refused(tmp_path):
    path = write(tmp_path, "a.csv", "id,part,text\n1,web,x\n,web,y\n3,,z\n")
    kept, bad = read_rows(path, {"id": "id", "domain": "part"}, skip=True)
    assert [row["id"] for row in kept] == ["1"]
    assert bad.listed == [{"line": 3, "reason": "there is no id"}, {"line": 4, "reason": "there is no domain"}]


def test_a_csv_row_is_named_by_the_line_where_it_starts(tmp_path):
    path = write(tmp_path, "a.csv", 'text,b\n"two\nlines",1\nx\n"a"b,1\ny,2\n"open,3\n')
    kept, bad = read_rows(path, skip=True)
    assert [row["text"] for row in kept] == ["two\nlines", "y"]
    assert [entry["line"] for entry in bad.listed] == [4, 5, 7]
    with pytest.raises(UserError, match="a.csv, line 4: there are 1 fields, the header has 2"):
        read_rows(path)


def test_a_csv_row_that_is_not_utf8_goes_as_a_whole(tmp_path):
    path = write(tmp_path, "a.csv", b'text,b\n"one\n\xff\nthree",1\nx,2\n')
    kept, bad = read_rows(path, skip=True)
    assert [row["text"] for row in kept] == ["x"] and bad.listed == [{"line": 2, "reason": "the row is not UTF-8"}]


def test_text_that_is_not_utf8_is_named_by_its_line(tmp_path):
    path = write(tmp_path, "a.txt", b"one\n\ntwo\nthr\xffee\n\nfour\n")
    with pytest.raises(UserError, match="a.txt, line 4: the text is not UTF-8"):
        read_rows(path, {"min_chars": 1})
    assert [row["text"] for row in read_rows(path, {"min_chars": 1}, skip=True)[0]] == ["one", "four"]


def test_overlong_lines_are_bad_and_leave_the_numbers_of_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr("gradatim.corpora.streams.MAX_BYTES", 40)
    monkeypatch.setattr("gradatim.corpora.streams.BLOCK", 16)
    path = write(tmp_path, "a.jsonl", jsonl([{"text": "a"}, {"text": "b" * 99}, {"text": "c"}, {"text": ""}]))
    kept, bad = read_rows(path, skip=True)
    assert [row["text"] for row in kept] == ["a", "c"]
    assert [entry["line"] for entry in bad.listed] == [2, 4]


def test_only_a_hundred_bad_rows_are_listed_and_all_are_counted(tmp_path):
    path = write(tmp_path, "a.jsonl", GOOD + b"broken\n" * 150)
    artifact, events = run(
        "import_dataset", tmp_path / "out", source={"kind": "file", "path": str(path)}, on_bad="skip"
    )
    note = events[-2]
    assert artifact.meta["rows"] == 1 and artifact.meta["source"]["bad_rows"] == 150
    assert note.data["bad_rows"] == 150 and len(note.data["first"]) == 100 and note.data["reasons"] == {"not JSON": 150}


def test_a_source_with_bad_rows_alone_says_so(tmp_path):
    path = write(tmp_path, "a.jsonl", b"broken\n")
    with pytest.raises(UserError, match="no sample to import.*1 bad row was skipped in a.jsonl; first, line 1"):
        run("import_dataset", tmp_path / "out", source={"kind": "file", "path": str(path)}, on_bad="skip")


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_compressed_file_that_is_cut_off_is_refused(tmp_path, name):
    path = tmp_path / name
    whole = compressed(jsonl([{"text": f"{i * i} text"} for i in range(2000)]).encode(), name)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=f"{name} is damaged or cut off"):
        read_rows(path, skip=True)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_file_that_explodes_when_decompressed_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr("gradatim.corpora.streams.FREE", 1 << 20)
    path = write(tmp_path, name, b"\n" * (20 << 20))
    with pytest.raises(UserError, match="more than 200 times larger"):
        read_rows(path)


@pytest.mark.parametrize("name", ["a.json", "a.parquet.gz", "a.gz", "noending", "a.exe"])
def test_unknown_formats_are_refused_with_the_known_ones(tmp_path, name):
    with pytest.raises(UserError, match=r"\.jsonl, \.ndjson, \.parquet") as error:
        read_rows(write(tmp_path, name, "x"))
    assert error.value.field == "source.path"


def test_columns_that_a_table_lacks_are_named_with_those_it_has(tmp_path):
    with pytest.raises(UserError, match=r'a.csv has no column "text" \(columns: body, id\)'):
        read_rows(write(tmp_path, "a.csv", "body,id\nx,1\n"))


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    with pytest.raises(UserError, match="a.parquet is not a Parquet file"):
        read_rows(write(tmp_path, "a.parquet", "not parquet at all"))


@pytest.mark.parametrize(
    "values, field",
    [
        ({"prompt": "p"}, "answer"),
        ({"answer": "a"}, "prompt"),
        ({"text": "t", "prompt": "p", "answer": "a"}, "text"),
        ({"domain": "d", "domain_name": "web"}, "domain_name"),
        ({"colour": "c"}, "colour"),
    ],
)
def test_mappings_that_contradict_themselves_are_refused(values, field):
    with pytest.raises(UserError) as error:
        mapping.parse(values, domain_name="x")
    assert error.value.field == f"source.mapping.{field}"

"""Rows added, removed and changed between versions, and every bad row named where none may be."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradatim import registry
from gradatim.corpora.changes import changes, partners
from gradatim.corpora.store import Dataset
from gradatim.errors import UserError
from gradatim.params import parse
from gradatim.types import Inputs, TaskContext
from tests.gradatim.corpora.making import jsonl, run, write

ROWS = st.dictionaries(st.integers(0, 12), st.sampled_from("abc"), min_size=1, max_size=10)


def imported(folder, rows: dict, name: str, **more):
    path = write(folder, "a.jsonl", jsonl([{"id": str(key), "text": text} for key, text in rows.items()]))
    source = {"kind": "file", "path": str(path), "mapping": {"id": "id"}}
    return run("import_dataset", folder / name, source=source, **more)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS)
def test_counts_are_those_of_comparing_the_rows_by_hand(tmp_path, before, after):
    for name, rows in (("before", before), ("after", after)):
        imported(tmp_path, rows, name)
    counts = changes(Dataset(tmp_path / "before/dataset"), Dataset(tmp_path / "after/dataset"))
    both = before.keys() & after.keys()
    assert counts == {
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
        "changed": sum(before[key] != after[key] for key in both),
        "same": sum(before[key] == after[key] for key in both),
    }


def test_rows_of_the_next_version_are_found_again_by_their_ids(tmp_path):
    for name, rows in (("before", {7: "a", 3: "b", 5: "c"}), ("after", {5: "changed", 9: "new", 7: "a"})):
        imported(tmp_path, rows, name)
    found = partners(Dataset(tmp_path / "before/dataset"), Dataset(tmp_path / "after/dataset"))
    assert found.tolist() == [2, -1, 0]


def test_an_import_says_what_changed_since_the_previous_version(tmp_path):
    first, _ = imported(tmp_path, {1: "a", 2: "b"}, "first")
    path = write(tmp_path, "b.jsonl", jsonl([{"id": "2", "text": "B"}, {"id": "3", "text": "c"}]))
    source = {"kind": "file", "path": str(path), "mapping": {"id": "id"}}
    module = registry.load("tasks", "import_dataset")
    params = parse(module.Params, {"source": source, "previous": first.digest})
    inputs = Inputs.from_folders([tmp_path / "first/dataset"])
    (tmp_path / "second").mkdir()
    events = list(module.run(TaskContext(params, 0, inputs, tmp_path / "second")))
    assert events[-2].text == "Against the previous version: 1 added, 1 removed, 1 changed."
    assert events[-2].data["changes"] == {"added": 1, "removed": 1, "changed": 1, "same": 0, "previous": first.digest}


def test_where_no_row_may_be_bad_all_bad_rows_are_named_and_nothing_is_imported(tmp_path):
    data = jsonl([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}, {"id": "b", "text": ""}]) + "broken\n"
    module = registry.load("tasks", "import_dataset")
    source = {"kind": "file", "path": str(write(tmp_path, "a.jsonl", data)), "mapping": {"id": "id"}}
    said = []
    (tmp_path / "out").mkdir()
    context = TaskContext(parse(module.Params, {"source": source}), 0, Inputs([]), tmp_path / "out")
    with pytest.raises(UserError) as error:
        said.extend(event for event in _until_it_breaks(module.run(context), said))
    assert error.value.sentence == (
        'a.jsonl, line 2: the id "a" was used before. 2 other rows cannot be used either: lines 3, 4.'
    )
    texts = [event.text for event in said if event.kind == "note"]
    assert [text.split(":")[0] for text in texts] == ["line 2", "line 3", "line 4"]
    assert not (tmp_path / "out/dataset/manifest.json").exists()


def test_a_file_of_bad_rows_alone_is_not_read_to_its_end(tmp_path):
    path = write(tmp_path, "a.jsonl", b"broken\n" * 20_000)
    with pytest.raises(UserError, match="line 1: this is not JSON.*cannot be used either: lines 2, 3, .* more"):
        run("import_dataset", tmp_path / "out", source={"kind": "file", "path": str(path)})


def _until_it_breaks(events, said):
    for event in events:
        said.append(event)
        yield from ()

"""What is exported is what was asked for, and comes back by an import as it was."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradatim import artifacts, registry
from gradatim.corpora import export
from gradatim.corpora.export import Wanted
from gradatim.corpora.store import Dataset
from gradatim.errors import UserError
from gradatim.params import parse
from gradatim.types import Inputs, TaskContext
from tests.gradatim.corpora.making import jsonl, run, write

ROWS = [
    {"id": f"s{n}", "part": "web" if n % 3 else "code", "p": f"Ask {n}" if n % 2 else "", "text": f"Word {n}\n\u2028ü"}
    for n in range(20)
]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    source = {"kind": "file", "path": str(write(folder, "a.jsonl", jsonl(ROWS)))}
    mapping = {"id": "id", "domain": "part", "prompt": "p", "answer": "text"}
    run("import_dataset", folder / "out", source={**source, "mapping": mapping})
    return Dataset(folder / "out/dataset")


@pytest.mark.parametrize("ending", export.FORMATS)
def test_an_export_is_imported_again_as_the_same_samples(dataset, tmp_path, ending):
    path = tmp_path / f"samples.{ending}"
    assert list(export.write(dataset, np.ones(20, dtype=bool), path)) == [20]
    mapping = {"id": "id", "domain": "domain", "prompt": "prompt", "answer": "text"}
    run("import_dataset", tmp_path / "out", source={"kind": "file", "path": str(path), "mapping": mapping})
    assert Dataset(tmp_path / "out/dataset").rows_at(range(20)) == dataset.rows_at(range(20))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([0.0, 1.0, 2.5, -1.0, float("nan")]), min_size=20, max_size=20),
    st.sampled_from(["", "web"]),
    st.sampled_from(["", "ASK", "word 1"]),
    st.sampled_from(["highest", "lowest", "between", ""]),
    st.integers(1, 25),
)
def test_the_rows_are_those_found_by_hand(dataset, scores, domain, word, pick, count):
    values = np.array(scores, dtype=np.float32)
    wanted = Wanted(domain, word, pick, count, low=0.0, high=2.0)
    found = np.flatnonzero(export.rows_of(dataset, wanted, values)).tolist()
    whole = [row for row in enumerate(ROWS) if domain in row[1]["part"]]
    rows = [n for n, row in whole if word.lower() in (row["p"] + "\n" + row["text"]).lower()]
    if pick:
        rows = [n for n in rows if scores[n] == scores[n]]
    if pick == "between":
        rows = [n for n in rows if 0 <= scores[n] <= 2]
    elif pick:
        rows = sorted(sorted(rows, key=lambda n: scores[n], reverse=pick == "highest")[:count])
    assert found == rows


def task(dataset, out, scores=None, **values):
    folders = [dataset.folder]
    if scores is not None:
        folder = out / "scores"
        folder.mkdir(parents=True)
        np.save(folder / "scores.npy", np.array(scores, dtype=np.float32))
        folders.append(folder)
        values["scores"] = artifacts.seal(folder, "scores", {}).digest
    module = registry.load("tasks", "export_dataset")
    params = parse(module.Params, {"dataset": dataset.digest, **values})
    (out / "out").mkdir(parents=True)
    return list(module.run(TaskContext(params, 0, Inputs.from_folders(folders), out / "out")))


def test_the_task_writes_one_file_with_the_scores_beside_the_samples(dataset, tmp_path):
    scores = [float(n) for n in range(19)] + [float("nan")]
    events = task(dataset, tmp_path, scores, pick="highest", count=2)
    assert events[-1].meta["rows"] == 2
    lines = (tmp_path / "out/export/samples.jsonl").read_bytes().split(b"\n")[:-1]
    assert [json.loads(line)["id"] for line in lines] == ["s17", "s18"]
    assert [json.loads(line)["score"] for line in lines] == [17.0, 18.0]
    task(dataset, tmp_path / "all", scores, format="parquet")
    table = pq.read_table(tmp_path / "all/out/export/samples.parquet")
    assert table["score"].null_count == 1
    assert table.num_rows == 20


def test_a_selection_that_leaves_nothing_is_refused(dataset, tmp_path):
    with pytest.raises(UserError, match="No sample is left"):
        task(dataset, tmp_path, word="nowhere in it")

"""Tokenizers are repeatable and lossless; token shards hold every sample with its end."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.corpora import tokenizers, tokens
from gradatim.corpora.store import Dataset
from gradatim.errors import UserError
from gradatim.types import Inputs, Stopped, TaskContext
from tests.gradatim.corpora.making import jsonl, run, write

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A dataset of 600 samples in two domains, a tokenizer trained on it, and its tokens."""
    folder = tmp_path_factory.mktemp("tokens")
    rows = [
        {
            "part": "ab"[i % 2],
            "q": f"number {i}?" if i % 4 == 0 else "",
            "a": f"the word {i * i} <|endoftext|> et la fête",
        }
        for i in range(600)
    ]
    source = {
        "kind": "file",
        "path": str(write(folder, "a.jsonl", jsonl(rows))),
        "mapping": {"domain": "part", "prompt": "q", "answer": "a"},
    }
    dataset, _ = run("import_dataset", folder / "dataset", source=source)
    data = folder / "dataset" / dataset.path
    tokenizer, _ = run("train_tokenizer", folder / "tokenizer", [data], vocab_size=320)
    bpe = folder / "tokenizer" / tokenizer.path
    run("tokenize", folder / "tokens", [data, bpe], dataset=dataset.digest, tokenizer=tokenizer.digest)
    return Dataset(data), tokenizers.Tokenizer(bpe), tokens.Tokens(folder / "tokens" / "tokens")


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_decoding_what_was_encoded_gives_the_text(work, text):
    tokenizer = work[1]
    [ids] = tokenizer.encode([text])
    assert tokenizer.decode(ids) == text
    assert tokenizer.end_of_text not in ids


def test_end_of_text_written_in_a_text_is_text(work):
    _, tokenizer, _ = work
    [ids] = tokenizer.encode(["a<|endoftext|>b"])
    assert tokenizer.end_of_text not in ids and tokenizer.decode(ids) == "a<|endoftext|>b"


def test_every_sample_is_there_and_ends_with_end_of_text(work):
    dataset, tokenizer, shards = work
    assert shards.rows == dataset.rows and shards.vocab_size == 320 and shards.data.dtype == np.dtype("<u2")
    assert shards.lengths.dtype == np.int32 and shards.lengths.sum() == len(shards.data) == shards.meta["tokens"]
    assert (np.asarray(shards.data) == shards.end_of_text).sum() == shards.rows
    for row in (0, 1, 4, dataset.rows - 1):
        ids = shards.sample(row)
        assert ids[-1] == shards.end_of_text
        assert tokenizer.decode(ids[:-1]) == dataset.texts([row])[0]


def test_token_counts_a_domain_agree_with_the_samples(work):
    dataset, _, shards = work
    codes, held_out = dataset.domain_codes(), dataset.held_out()
    for code, name in enumerate(dataset.domains):
        mine = codes == code
        assert shards.meta["domains"][name] == {
            "tokens": shards.lengths[mine].sum(),
            "held_out_tokens": shards.lengths[mine & held_out].sum(),
        }


def test_large_vocabularies_take_four_bytes():
    assert tokens.dtype_for(65_536) == "uint16" and tokens.dtype_for(65_537) == "uint32"


def test_another_process_trains_the_same_tokenizer(work, tmp_path):
    dataset, tokenizer, _ = work
    code = (
        "import sys; from pathlib import Path; from tests.gradatim.corpora.making import run\n"
        "print(run('train_tokenizer', Path(sys.argv[1]), [Path(sys.argv[2])], vocab_size=320)[0].digest)"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(dataset.folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == tokenizer.digest


def test_held_out_samples_teach_the_tokenizer_nothing(tmp_path):
    texts = [f"sample {i}" for i in range(400)]
    path = write(tmp_path, "a.jsonl", jsonl([{"text": text} for text in texts]))
    artifact, _ = run("import_dataset", tmp_path / "d", source={"kind": "file", "path": str(path)})
    dataset = Dataset(tmp_path / "d" / artifact.path)
    held_out = np.flatnonzero(dataset.held_out())
    assert len(held_out)
    trained, _ = run("train_tokenizer", tmp_path / "t", [dataset.folder], vocab_size=600)
    rest = [text for i, text in enumerate(texts) if i not in set(held_out.tolist())]
    expected = tokenizers.train_bpe(rest, 600).to_str(pretty=False)
    assert (tmp_path / "t" / trained.path / "tokenizer.json").read_text() == expected
    assert expected != tokenizers.train_bpe(texts, 600).to_str(pretty=False)


def test_a_share_of_the_text_is_drawn_by_the_seed(work, tmp_path):
    dataset = work[0]
    digests = [
        run("train_tokenizer", tmp_path / name, [dataset.folder], seed=seed, vocab_size=300, max_bytes=3000)[0].digest
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_a_given_tokenizer_file_is_taken_with_its_end_of_text(work, tmp_path):
    _, tokenizer, _ = work
    document = json.loads(tokenizer.backend.to_str())
    document["truncation"] = {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0}
    path = write(tmp_path, "tokenizer.json", json.dumps(document))
    artifact, _ = run("train_tokenizer", tmp_path / "out", path=str(path))
    assert artifact.meta == {"vocab_size": 320, "end_of_text": 0, "algorithm": "BPE", "trained_on": []}
    given_one = tokenizers.Tokenizer(tmp_path / "out" / artifact.path)
    assert given_one.encode(["a longer text than two"]) == tokenizer.encode(["a longer text than two"])
    with pytest.raises(UserError, match="no end-of-text token") as error:
        run("train_tokenizer", tmp_path / "no", path=str(path), end_of_text="<nothing>")
    assert error.value.field == "end_of_text"


def test_a_file_that_is_no_tokenizer_is_refused(tmp_path):
    with pytest.raises(UserError, match="x.json is not a tokenizer.json that can be read"):
        run("train_tokenizer", tmp_path / "out", path=str(write(tmp_path, "x.json", "{}")))


def test_training_without_a_dataset_is_refused(tmp_path):
    with pytest.raises(UserError, match="at least one dataset"):
        run("train_tokenizer", tmp_path / "out")


@pytest.mark.parametrize("task", ["import_dataset", "train_tokenizer", "tokenize"])
def test_a_task_that_is_asked_to_stop_leaves_no_artifact(work, tmp_path, task):
    from gradatim import params, registry

    dataset, tokenizer, _ = work
    values = {
        "import_dataset": {"source": {"kind": "python_library", "part": "prose"}},
        "train_tokenizer": {},
        "tokenize": {"dataset": dataset.digest, "tokenizer": tokenizer.digest},
    }[task]
    module = registry.load("tasks", task)
    inputs = Inputs.from_folders([dataset.folder, tokenizer.folder])
    context = TaskContext(params.parse(module.Params, values), 0, inputs, tmp_path, should_stop=lambda: True)
    with pytest.raises(Stopped):
        list(module.run(context))
    assert not list(tmp_path.rglob("manifest.json"))

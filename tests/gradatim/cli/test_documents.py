"""From a document to a plan, a model, its evaluation and its scores: the same tasks as the jobs', from a shell."""

import json

import numpy as np
import pytest

from gradatim import artifacts, yaml_text
from gradatim.cli import main
from tests.gradatim.training import tiny


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def document(corpus, tmp_path_factory):
    path = tmp_path_factory.mktemp("documents") / "RUN.yaml"
    path.write_text(yaml_text.dump(tiny.run_of(corpus, phases=(512,)).model_dump(mode="json")))
    return path


@pytest.fixture(scope="module")
def trained(corpus, document, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    assert main(["train", str(document), "--out", str(out), "--inputs", str(corpus.folder)]) == 0
    return out


def call(capsys, *words):
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err


def folders(corpus):
    return [stored.path for stored in (corpus.dataset, corpus.tokenizer, corpus.tokens)]


def test_a_runs_plan_is_that_of_its_curriculum_under_its_seed(capsys, corpus, document, tmp_path):
    code, lines, err = call(capsys, "plan", document, "--out", tmp_path / "a", "--inputs", *folders(corpus))
    assert (code, err) == (0, "")
    assert lines[0]["data"] == {"task": "plan", "seed": 3}
    assert (lines[-1]["event"], lines[-1]["path"]) == ("artifact", "plan")
    curriculum = tmp_path / "SPEC.yaml"
    curriculum.write_text(yaml_text.dump(yaml_text.load(document.read_text())["curriculum"]))
    for seed, equal in ((3, True), (4, False)):
        out = tmp_path / f"seed-{seed}"
        assert call(capsys, "plan", curriculum, "--out", out, "--inputs", corpus.folder, "--seed", seed)[0] == 0
        assert (artifacts.verify(out / "plan").digest == lines[-1]["digest"]) is equal


def test_a_store_serves_as_well_as_folders(capsys, corpus, document, tmp_path):
    store = artifacts.Store(tmp_path / "store")
    for folder in folders(corpus):
        store.put(folder)
    assert call(capsys, "plan", document, "--out", tmp_path / "out", "--store", store.root)[0] == 0
    assert artifacts.verify(tmp_path / "out" / "plan").kind == "plan"


def test_what_is_finished_is_not_written_over(capsys, corpus, document, tmp_path):
    words = ("plan", document, "--out", tmp_path, "--inputs", corpus.folder)
    assert call(capsys, *words)[0] == 0
    code, lines, err = call(capsys, *words)
    assert (code, lines) == (2, [])
    assert "finished plan already" in err


@pytest.mark.parametrize(
    "options", [["--store", "/nowhere"], ["--inputs", "/nowhere"], ["--inputs", "/etc/hostname"], []]
)
def test_inputs_that_are_not_there_are_named(capsys, document, tmp_path, options):
    code, _, err = call(capsys, "plan", document, "--out", tmp_path / "out", *options)
    assert code == 2
    assert len(err.splitlines()) == 1


def test_a_run_whose_plan_is_not_at_hand_resolves_it_first(trained):
    assert artifacts.verify(trained / "plan").kind == "plan"
    assert artifacts.verify(trained / "checkpoint").meta["step"] == 8


def test_a_checkpoint_is_evaluated_on_all_datasets_at_hand(capsys, corpus, trained, tmp_path):
    words = ("evaluate", "--checkpoint", trained / "checkpoint", "--inputs", corpus.folder, "--out", tmp_path)
    code, lines, err = call(capsys, *words, "--params", '{"windows": 4}')
    assert (code, err) == (0, "")
    (metric,) = [line for line in lines if line["event"] == "metric"]
    assert metric["step"] == 8
    assert {"eval/heldout/prose/loss", "eval/heldout/code/loss"} <= metric["values"].keys()
    assert artifacts.verify(tmp_path / "evaluation").kind == "evaluation"


def test_an_evaluation_without_data_is_refused(capsys, trained, tmp_path):
    code, lines, err = call(capsys, "evaluate", "--checkpoint", trained / "checkpoint", "--out", tmp_path)
    assert (code, lines) == (2, [])
    assert "nothing to evaluate on" in err


def test_a_checkpoint_answers_the_questions_of_a_file(capsys, corpus, trained, tmp_path):
    data = tmp_path / "q.jsonl"
    data.write_text('{"question": "step by", "choices": ["step", "rises"], "answer": "A"}\n')
    assert main(["suite", "multiple_choice", "--data", str(data), "--out", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == artifacts.read(tmp_path / "suite").digest
    assert "1 question (all: 1). Guessing scores 0.500." in said.err
    words = ("evaluate", "--checkpoint", trained / "checkpoint", "--inputs", corpus.folder / "tokenizer")
    code, lines, _ = call(capsys, *words, "--suite", f"steps={tmp_path}", "--out", tmp_path / "out")
    (metric,) = [line for line in lines if line["event"] == "metric"]
    assert (code, set(metric["values"])) == (0, {"eval/steps/all/accuracy", "eval/steps/all/accuracy_normalised"})
    data.write_text("{}\n")
    code, lines, err = call(capsys, "suite", "exact_match", "--data", data, "--out", tmp_path / "other")
    assert (code, lines) == (2, [])
    assert "line 1: answer is a text or a number" in err


def test_a_model_scores_a_file_with_its_own_tokenizer(capsys, corpus, trained, tmp_path):
    data = tmp_path / "F.jsonl"
    data.write_text('{"text": "the model learns"}\n{"text": "QZX 9#@! vvv"}\n')
    words = ("score", "perplexity", "--data", data, "--checkpoint", trained / "checkpoint")
    assert call(capsys, *words, "--out", tmp_path / "a.npy")[0] == 0
    scores = np.load(tmp_path / "a.npy")
    assert scores.dtype == np.float32 and scores[0] < scores[1]
    file = corpus.tokenizer.path / "tokenizer.json"
    assert call(capsys, *words, "--out", tmp_path / "b.npy", "--tokenizer", file)[0] == 0
    assert np.array_equal(np.load(tmp_path / "b.npy"), scores)


def test_another_models_tokenizer_is_refused(capsys, trained, tmp_path):
    from gradatim.corpora.tokenizers import train_bpe

    data, other = tmp_path / "F.jsonl", tmp_path / "other.json"
    data.write_text('{"text": "the model learns"}\n')
    train_bpe(["something else altogether"], 260).save(str(other))
    words = ("score", "perplexity", "--data", data, "--checkpoint", trained / "checkpoint", "--tokenizer", other)
    code, _, err = call(capsys, *words, "--out", tmp_path / "S.npy")
    assert code == 2
    assert "another tokenizer" in err

import gzip
import json

import numpy as np
import pytest

from gradatim.cli import main

TEXTS = ["hello world", "a" * 40, "Ünïcode, and then some"]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "F.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return tmp_path / "F.jsonl", tmp_path / "S.npy"


def call(capsys, files, method, *options):
    code = main(["score", method, "--data", str(files[0]), "--out", str(files[1]), *map(str, options)])
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_a_file_is_scored_without_any_tokenizer(capsys, files):
    code, lines, err = call(capsys, files, "length", "--seed", 4)
    assert (code, err) == (0, "")
    scores = np.load(files[1])
    assert scores.dtype == np.float32
    assert scores.tolist() == [len(text.encode()) for text in TEXTS]
    assert lines[0]["data"]["seed"] == 4
    assert all(line["event"] in ("note", "progress") for line in lines)
    assert lines[-1]["data"]["higher_means"] == "harder"


def test_parameters_mapping_and_packed_files_are_understood(capsys, files, tmp_path):
    packed = tmp_path / "F.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps({"body": "ünï"}).encode()))
    params, mapping = '{"unit": "characters"}', '{"text": "body"}'
    assert call(capsys, (packed, files[1]), "length", "--params", params, "--mapping", mapping)[0] == 0
    assert np.load(files[1]).tolist() == [3]


def test_repetitive_text_compresses_best(capsys, files):
    assert call(capsys, files, "compression_ratio")[0] == 0
    assert np.load(files[1]).argmin() == 1


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("lenght", [], "no score"),
        ("length", ["--params", '{"unit": "miles"}'], "unit"),
        ("length", ["--params", '{"unit": "tokens"}'], "tokenizer"),
        ("length", ["--mapping", '{"text": "body"}'], "body"),
        ("length", ["--seed", "x"], "--seed"),
        ("perplexity", [], "needs a tokenizer"),
        ("perplexity", ["--tokenizer", "/nowhere.json"], "nowhere.json"),
        ("perplexity", ["--checkpoint", "/nowhere"], "holds no model"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_one_sentence(capsys, files, method, options, said):
    code, lines, err = call(capsys, files, method, *options)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert said in err
    assert not files[1].exists()
    if lines:
        assert lines[-1]["data"]["cause"] == "user"


def test_a_broken_line_is_named(capsys, files):
    files[0].write_text('{"text": "fine"}\n{"text": \n')
    code, _, err = call(capsys, files, "length")
    assert code == 2
    assert "line 2" in err


def test_tokens_are_counted_with_a_tokenizer_file(capsys, files, tmp_path):
    from gradatim.corpora.tokenizers import train_bpe

    tokenizer = tmp_path / "tokenizer.json"
    backend = train_bpe([TEXTS], 300)
    tokenizer.write_text(backend.to_str())
    assert call(capsys, files, "length", "--params", '{"unit": "tokens"}', "--tokenizer", tokenizer)[0] == 0
    assert np.load(files[1]).tolist() == [len(backend.encode(text).ids) for text in TEXTS]


def test_texts_unlike_a_reference_score_higher(capsys, files, tmp_path):
    from gradatim.corpora.tokenizers import train_bpe

    tokenizer, reference = tmp_path / "tokenizer.json", tmp_path / "reference.jsonl"
    tokenizer.write_text(train_bpe([TEXTS], 300).to_str())
    reference.write_text("".join(json.dumps({"text": f"hello world {i}"}) + "\n" for i in range(40)))
    given = ["--tokenizer", tokenizer, "--reference", reference, "--params", '{"measure": "loss"}']
    assert call(capsys, files, "ngram_perplexity", *given)[0] == 0
    assert np.load(files[1]).argmin() == 0
    code, _, err = call(capsys, files, "ngram_perplexity", "--tokenizer", tokenizer)
    assert (code, "needs a reference" in err) == (2, True)


def test_neither_the_data_nor_the_reference_is_overwritten(capsys, files, tmp_path):
    reference = tmp_path / "reference.jsonl"
    reference.write_text('{"text": "kept"}\n')
    code, _, err = call(capsys, files, "length", "--reference", reference, "--out", reference)
    assert (code, "is the input itself" in err) == (2, True)
    assert reference.read_text() == '{"text": "kept"}\n'

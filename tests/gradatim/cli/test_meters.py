import json

import numpy as np
import pytest

from gradatim.cli import main
from gradatim.meters import batches, measure


@pytest.fixture
def files(tmp_path):
    scores = np.random.default_rng(0).random(500).astype(np.float32)
    np.save(tmp_path / "S.npy", scores)
    np.save(tmp_path / "O.npy", np.argsort(scores).astype(np.uint32))
    np.save(tmp_path / "D.npy", np.arange(500) % 3)
    return tmp_path


def call(files, *options):
    return main(["meters", "--order", str(files / "O.npy"), "--scores", str(files / "S.npy"), *map(str, options)])


def test_the_meters_of_an_order_are_printed_as_json(capsys, files):
    assert call(files, "--batch-size", 25, "--domains", files / "D.npy") == 0
    printed = json.loads(capsys.readouterr().out)
    scores, order = np.load(files / "S.npy"), np.load(files / "O.npy")
    found = measure(scores[order], batches.of_samples(500, 25), np.load(files / "D.npy")[order])
    assert printed == found.as_dict()
    assert printed["boundary"]["end"] == pytest.approx(1)
    assert printed["batches"] == 20


@pytest.mark.parametrize(
    ("name", "array", "options", "said"),
    [
        ("O.npy", np.array([0, 500]), [], "outside the 500 scores"),
        ("O.npy", np.array([-1, 3]), [], "outside the 500 scores"),
        ("O.npy", np.array([0.5]), [], "whole number"),
        ("O.npy", np.zeros(0, np.uint32), [], "no sample to measure"),
        ("S.npy", np.array([np.nan] * 500), [], "NaN"),
        ("D.npy", np.zeros(3, int), ["--domains", "D.npy"], "3 domains for 500 scores"),
        ("O.npy", np.array([0]), ["--batch-size", "0"], "--batch-size"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_one_sentence(capsys, files, name, array, options, said):
    np.save(files / name, array)
    options = [files / option if option.endswith(".npy") else option for option in options]
    assert call(files, *options) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1

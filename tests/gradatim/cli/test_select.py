import json

import numpy as np
import pytest

from gradatim.cli import main


@pytest.fixture
def files(tmp_path):
    np.save(tmp_path / "S.npy", np.array([3, 1, 2, 2, 5], np.float32))
    return tmp_path / "S.npy", tmp_path / "K.npy"


def call(files, method, params=None):
    options = [] if params is None else ["--params", json.dumps(params)]
    return main(["select", method, "--scores", str(files[0]), "--out", str(files[1]), *options])


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("top_k", {"k": 3}, [0, 3, 4]),
        ("top_k", {"k": 3, "keep": "lowest"}, [1, 2, 3]),
        ("top_k", {"k": 0}, []),
        ("top_r", {"ratio": 0.4}, [0, 4]),
        ("threshold", {"above": 2}, [0, 4]),
        ("threshold", {"above": 2, "keep": "lowest"}, [1]),
    ],
)
def test_kept_positions_are_ascending_uint32(files, method, params, expected):
    assert call(files, method, params) == 0
    kept = np.load(files[1])
    assert kept.dtype == np.uint32
    assert kept.tolist() == expected


@pytest.mark.parametrize(
    ("method", "params", "said"),
    [
        ("top", {"k": 1}, "no selection 'top'"),
        ("top_k", None, "k"),
        ("top_k", {"k": 1, "ratio": 1}, "ratio"),
        ("top_r", {"ratio": 2}, "ratio"),
        ("threshold", {"above": "x"}, "above"),
        ("top_k", {"k": 1, "keep": "some"}, "keep"),
    ],
)
def test_bad_parameters_are_refused_with_one_sentence(capsys, files, method, params, said):
    assert call(files, method, params) == 2
    captured = capsys.readouterr()
    assert said in captured.err and len(captured.err.splitlines()) == 1
    assert captured.out == "" and not files[1].exists()


def test_nan_is_refused(capsys, files):
    np.save(files[0], np.array([1, np.nan]))
    assert call(files, "top_k", {"k": 1}) == 2
    assert "1 of 2 scores is NaN" in capsys.readouterr().err

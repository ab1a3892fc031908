import json
import math
import random
import subprocess
import sys

import numpy as np
import pytest

from gradatim import registry
from gradatim.cli import main
from tests.gradatim.cli.shell import ROOT, shell

NAMES = registry.names("orderings")
PROMISED = {"shuffle", "sorting", "folding", "zigzag", "segment", "stair", "saw"}
PROMISED |= {"baby_steps", "one_pass", "competence", "cyclical", "interleaved", "warm_up", "domain_balanced", "human"}
PROMISED |= {"random_subset", "drawn_curve"}
REPEATING = {"baby_steps", "competence", "cyclical", "random_subset"}


@pytest.fixture
def files(tmp_path):
    return tmp_path / "S.npy", tmp_path / "O.npy"


def call(files, method, *options, scores=None):
    """The exit code of an order in this process; ``scores`` are saved first."""
    if scores is not None:
        np.save(files[0], scores)
    return main(["order", method, "--scores", str(files[0]), "--out", str(files[1]), *map(str, options)])


def ordered(files, method, *options, scores):
    assert call(files, method, *options, scores=np.asarray(scores)) == 0
    order = np.load(files[1])
    assert order.dtype == np.uint32
    return order.tolist()


def refused(capsys, files, method, *options, scores=None):
    assert call(files, method, *options, scores=scores) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert not files[1].exists()
    assert len(captured.err.splitlines()) == 1
    return captured.err.strip()


def test_a_shell_call_writes_the_order_and_echoes_the_seed(files):
    np.save(files[0], np.array([3, 1, 2], np.float32))
    result = shell("order", "sorting", "--scores", files[0], "--out", files[1])
    assert (result.returncode, result.stdout) == (0, "")
    assert "seed 0" in result.stderr
    assert np.load(files[1]).tolist() == [1, 2, 0]
    assert [p.name for p in files[0].parent.iterdir() if p.name.startswith(".")] == []


def test_every_promised_ordering_is_there():
    assert set(NAMES) >= PROMISED


@pytest.mark.parametrize("name", NAMES)
def test_a_bare_call_gives_a_permutation_or_a_pass_that_repeats(files, name):
    order = ordered(files, name, scores=np.random.default_rng(1).normal(size=300))
    assert (sorted(order) == list(range(300))) == (name not in REPEATING)
    assert set(order) <= set(range(300))
    assert ordered(files, name, scores=np.empty(0, np.float32)) == []


def test_the_seed_decides_a_shuffle(files):
    expected = list(range(50))
    random.Random(7).shuffle(expected)
    assert ordered(files, "shuffle", "--seed", 7, scores=np.zeros(50)) == expected


def test_parameters_and_jitter_are_applied(files):
    params = json.dumps({"layers": 3, "descending": True})
    assert ordered(files, "folding", "--params", params, scores=range(6)) == [5, 2, 4, 1, 3, 0]
    jittered = ordered(files, "sorting", "--seed", 42, "--jitter-window", 4, scores=range(10))
    assert jittered == [3, 2, 1, 0, 7, 6, 4, 5, 8, 9]


def test_jitter_has_kinds(files):
    n, window = 400, 16
    for kind in ("overlapping", "gumbel"):
        order = ordered(files, "sorting", "--jitter-window", window, "--jitter", kind, scores=range(n))
        assert order != list(range(n)) and sorted(order) == list(range(n))
        furthest = max(abs(place - position) for place, position in enumerate(order))
        assert (furthest < window) == (kind == "overlapping")


def test_several_passes_stand_one_after_another(files):
    assert ordered(files, "sorting", "--epochs", 2, scores=[2, 1, 3]) == [1, 0, 2, 1, 0, 2]
    once, again = np.split(np.array(ordered(files, "shuffle", "--epochs", 2, "--seed", 7, scores=np.zeros(50))), 2)
    assert once.tolist() == ordered(files, "shuffle", "--seed", 7, scores=np.zeros(50))
    assert once.tolist() != again.tolist()


def test_passes_that_repeat_samples_are_told_by_their_lengths(files, capsys):
    order = ordered(files, "cyclical", "--epochs", 4, scores=np.arange(1, 101))
    assert len(order) == 25 + 50 + 100 + 50
    assert (
        "4 passes over 100 samples by cyclical, seed 0, of these lengths: 25, 50, 100, 50." in capsys.readouterr().err
    )


def test_domains_are_read_beside_the_scores(files, tmp_path, capsys):
    np.save(tmp_path / "D.npy", np.array([0, 0, 1, 1]))
    assert ordered(files, "human", "--domains", tmp_path / "D.npy", scores=[1, 0, 5, 4]) == [1, 3, 0, 2]
    np.save(tmp_path / "D.npy", np.array([0.5, 0, 1]))
    files[1].unlink()
    capsys.readouterr()
    assert "one whole number for each of 4" in refused(capsys, files, "human", "--domains", tmp_path / "D.npy")


def test_a_curve_is_drawn_by_its_points(files):
    points = json.dumps({"points": [[0, 100], [1, 0]]})
    assert ordered(files, "drawn_curve", "--params", points, scores=[1, 3, 2]) == [1, 2, 0]


def test_what_is_worth_knowing_of_the_settings_is_said_beside_the_result(files, capsys):
    ordered(files, "saw", scores=range(1000))
    said = capsys.readouterr().err.splitlines()
    assert "jumps up by 15.0 %" in said[0] and said[-1] == "1000 samples ordered by saw, seed 0."
    ordered(files, "sorting", scores=[7, 7, 7])
    assert "All scores are equal" in capsys.readouterr().err
    ordered(files, "shuffle", scores=[7, 7, 7])
    assert capsys.readouterr().err == "3 samples ordered by shuffle, seed 0.\n"


def test_doubles_are_ordered_as_doubles(files):
    assert ordered(files, "sorting", scores=[1 + 4e-16, 1.0, 1 + 2e-16]) == [1, 2, 0]


def test_whole_numbers_and_infinities_are_scores(files):
    assert ordered(files, "sorting", scores=np.array([5, -3, 2**62], np.int64)) == [1, 0, 2]
    assert ordered(files, "sorting", scores=[math.inf, 0, -math.inf]) == [2, 1, 0]


def test_an_order_replaces_an_older_one(files):
    files[1].write_text("old")
    assert ordered(files, "sorting", scores=[2, 1]) == [1, 0]


@pytest.mark.parametrize("name", NAMES)
def test_nan_is_refused_by_every_ordering(capsys, files, name):
    said = refused(capsys, files, name, scores=np.array([1, math.nan, math.nan], np.float32))
    assert "2 of 3 scores are NaN" in said


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (np.zeros((2, 2)), "2 dimensions"),
        (np.float32(3), "0 dimensions"),
        (np.array(["a"]), "real numbers"),
        (np.zeros(2, complex), "real numbers"),
        (np.array([1, "a"], object), "not numbers"),
        (np.zeros(2, [("a", "f4")]), "not numbers"),
        (np.zeros(2, "M8[s]"), "real numbers"),
    ],
)
def test_what_is_no_column_of_numbers_is_refused(capsys, files, scores, said):
    np.save(files[0], scores, allow_pickle=True)
    assert said in refused(capsys, files, "sorting")


def test_a_file_that_is_no_array_is_refused(capsys, files):
    assert "no file" in refused(capsys, files, "sorting")
    for content in (b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x05\x00{'a'}", b"PK\x03\x04", b"1,2,3\n" * 50):
        files[0].write_bytes(content)
        assert "not a .npy file" in refused(capsys, files, "sorting")
    np.save(files[0], np.arange(1000.0))
    files[0].write_bytes(files[0].read_bytes()[:-8])
    assert "cut short" in refused(capsys, files, "sorting")
    np.savez(files[0].with_suffix(".npz"), a=np.arange(3))
    files[0].with_suffix(".npz").rename(files[0])
    assert "not a .npy file" in refused(capsys, files, "sorting")


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("sort", [], "no ordering 'sort'"),
        ("../methods", [], "no ordering"),
        ("sorting", ["--seed", "-1"], "--seed"),
        ("sorting", ["--seed", "1.5"], "--seed"),
        ("sorting", ["--jitter-window", "-2"], "--jitter-window"),
        ("sorting", ["--jitter-window", "x"], "--jitter-window"),
        ("sorting", ["--jitter", "wild"], "--jitter"),
        ("sorting", ["--epochs", "0"], "--epochs"),
        ("sorting", ["--params", "{"], "not JSON"),
        ("sorting", ["--params", "[]"], "JSON object"),
        ("sorting", ["--params", "null"], "JSON object"),
        ("sorting", ["--params", '{"descending": true, "descending": false}'], "given twice"),
        ("sorting", ["--params", '{"layers": 3}'], "layers"),
        ("shuffle", ["--params", '{"descending": true}'], "descending"),
        ("segment", ["--params", '{"descending": true}'], "descending"),
        ("folding", ["--params", '{"layers": 0}'], "layers"),
        ("folding", ["--params", '{"layers": 2.5}'], "layers"),
        ("stair", ["--params", '{"sections": 0}'], "sections"),
        ("stair", ["--params", '{"transition_ratio": -0.1}'], "transition_ratio"),
        ("saw", ["--params", '{"transition_ratio": NaN}'], "transition_ratio"),
        ("segment", ["--params", '{"front_percent": 101}'], "front_percent"),
        ("sorting", ["--colour", "red"], "--colour"),
        ("sorting", ["--see", "1"], "--see"),
    ],
)
def test_bad_options_are_refused_with_one_sentence(capsys, files, method, options, said):
    assert said in refused(capsys, files, method, *options, scores=np.arange(4.0))


def test_an_output_that_cannot_be_written_is_refused(capsys, files):
    np.save(files[0], np.arange(3.0))
    for out in (files[0].parent / "missing" / "O.npy", files[0].parent):
        assert main(["order", "sorting", "--scores", str(files[0]), "--out", str(out)]) == 2
        assert "cannot be written" in capsys.readouterr().err
    assert main(["order", "sorting", "--scores", str(files[0]), "--out", str(files[0])]) == 2
    assert "input itself" in capsys.readouterr().err
    assert sorted(p.name for p in files[0].parent.iterdir()) == ["S.npy"]


def test_a_segment_of_more_than_all_warns_in_one_line(files):
    np.save(files[0], np.arange(10.0))
    params = '{"front_percent": 90, "back_percent": 90}'
    result = shell("order", "segment", "--scores", files[0], "--out", files[1], "--params", params)
    assert result.returncode == 0
    assert (
        result.stderr.splitlines()[0]
        == "Front and back together are more than all 10 samples: 5 and 5 are taken instead."
    )


def test_a_bare_call_loads_only_what_it_needs(files):
    np.save(files[0], np.arange(3.0))
    code = (
        "import sys; from gradatim.cli import main; "
        f"main(['order', 'sorting', '--scores', {str(files[0])!r}, '--out', {str(files[1])!r}]); "
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert not loaded & {"pydantic", "yaml", "pyarrow", "torch", "transformers", "rfc8785", "fractions"}

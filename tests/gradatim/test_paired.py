"""Paired differences over seeds: what may be claimed, and when nothing may."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

from gradatim.errors import UserError
from gradatim.paired import MOST_SEEDS, paired, sentence


def said(differences) -> str:
    return sentence(
        paired(differences, seed=0), measure="Prose depth", first="replay", second="code alone", unit="nats"
    )


def test_an_interval_is_bca_about_the_mean_and_the_same_for_the_same_seed():
    found = paired([0.30, 0.34, 0.29, 0.36, 0.31], seed=7)
    assert (found.seeds, found.mean, found.method) == (5, pytest.approx(0.32), "BCa")
    assert 0.29 < found.low < found.mean < found.high < 0.36
    assert found == paired([0.30, 0.34, 0.29, 0.36, 0.31], seed=7)
    assert found.told and found.needed == 2


def test_the_interval_is_that_of_scipy():
    from scipy.stats import bootstrap

    values = [0.1, 0.4, -0.2, 0.3, 0.5, 0.0]
    theirs = bootstrap((values,), np.mean, rng=np.random.default_rng(3)).confidence_interval
    found = paired(values, seed=3)
    assert (found.low, found.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))


def test_one_seed_claims_nothing():
    found = paired([0.5], seed=0)
    assert (found.low, found.high, found.told, found.needed) == (None, None, False, None)
    assert (
        said([0.5]) == "Prose depth: replay less code alone is +0.500 nats in one seed. One seed: nothing is claimed."
    )


@pytest.mark.parametrize("differences", [[0.25] * 3, [0.0, 0.0], [0.1 + 0.2, 0.3]])
def test_equal_differences_have_no_interval_and_no_warning(differences):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = paired(differences, seed=0)
    assert (found.low, found.told, found.needed) == (None, False, None)
    assert "so there is no interval and nothing is claimed" in said(differences)


def test_where_bca_is_not_defined_percentiles_are_taken(monkeypatch):
    import scipy.stats

    real = scipy.stats.bootstrap

    class Undefined:
        confidence_interval = type("Interval", (), {"low": float("nan"), "high": float("nan")})

    monkeypatch.setattr(
        scipy.stats,
        "bootstrap",
        lambda *a, method, **more: Undefined if method == "BCa" else real(*a, method=method, **more),
    )
    found = paired([0.1, 0.2, 0.4], seed=0)
    assert found.method == "percentile"
    assert (found.low, found.high) == (pytest.approx(0.1), pytest.approx(0.4))


def test_two_seeds_of_one_sign_are_not_yet_a_finding():
    found = paired([0.1, 0.3], seed=0)
    assert found.low > 0 and not found.told
    assert "too few seeds" in said([0.1, 0.3])


def test_an_interval_that_holds_0_claims_nothing_and_says_how_many_seeds_would_tell():
    found = paired([0.2, -0.1, 0.3], seed=0)
    assert not found.told
    # Student's half width of 19 is the first below the mean: t * sd / sqrt(n), sd = 0.2082, mean = 0.1333
    assert found.needed == 12
    text = said([0.2, -0.1, 0.3])
    assert "the interval holds 0, and nothing is claimed." in text
    assert "about 12 seeds would tell" in text


def test_a_difference_that_no_number_of_seeds_tells_says_so():
    assert paired([1.0, -1.0], seed=0).needed is None
    assert paired([1.0, -1.0001, 0.0], seed=0).needed == MOST_SEEDS + 1
    assert "More than 1,000 seeds" in said([1.0, -1.0001, 0.0])


def test_what_is_told_names_the_direction():
    assert said([-0.30, -0.34, -0.29, -0.36]).endswith(": lower in replay.")
    assert said([0.30, 0.34, 0.29, 0.36]).endswith(": higher in replay.")
    assert "(95 % interval +0." in said([0.30, 0.34, 0.29, 0.36])


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_where_there_is_no_difference_one_is_told_at_most_once_in_twenty(seeds):
    drawn = np.random.default_rng(0).normal(size=(300, seeds))
    told = sum(paired(row, seed=0, resamples=400).told for row in drawn)
    assert told / 300 < 0.08  # 0.05 and what chance adds


@pytest.mark.parametrize("differences", [[], [0.1, float("nan")], [float("inf")]])
def test_differences_that_are_none_are_refused(differences):
    with pytest.raises(UserError):
        paired(differences, seed=0)


def test_the_module_loads_scipy_only_when_it_is_asked():
    code = "import sys, gradatim.paired, gradatim.seed_effects; print({'scipy', 'numpy'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "set()"
    )

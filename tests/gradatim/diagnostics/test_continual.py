"""Continual evaluation: the worked numbers of its definitions, and every edge of them."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim.diagnostics import _windows
from gradatim.diagnostics.continual import Params, diagnose
from gradatim.errors import UserError

UNSEEN = 9.0  # of a name before it is learned: must not count


def series(values, *, starts=(0,), learned=None, better="higher", tokens=None) -> dict:
    length = len(next(iter(values.values())))
    return {
        "tokens": list(tokens or range(length)),
        "values": values,
        "better": dict.fromkeys(values, better),
        "phase_starts": list(starts),
        "learned": learned or {},
    }


def found(*args, window=10, losses="negative", **more) -> list[dict]:
    return diagnose(series(*args, **more), Params(window=window, losses=losses))["findings"]


ONE = ({"general": [0.60, 0.52, 0.50, 0.55, 0.58], "domain": [0.30, 0.36, 0.33, 0.45, 0.50]},)
THREE = {
    "one": [0.2, 0.6, 0.8, 0.5, 0.7, 0.75, 0.60, 0.65, 0.70],
    "two": [UNSEEN, UNSEEN, UNSEEN, 0.1, 0.5, 0.7, 0.4, 0.3, 0.6],
    "three": [UNSEEN] * 6 + [0.2, 0.4, 0.9],
}


def three(window=10) -> list[dict]:
    learned = {"one": 0, "two": 1, "three": 2}
    return found(THREE, starts=(0, 3, 6), tokens=range(1, 10), learned=learned, window=window)


@pytest.mark.parametrize(
    ("window", "falls", "rises"),
    [(2, [0.08, 0.03], [0.05, 0.12]), (3, [0.10, 0.03], [0.08, 0.17]), (10, [0.10, 0.03], [0.08, 0.20])],
)
def test_a_continuation_forgets_what_was_learned_before_it(window, falls, rises):
    (finding,) = found(*ONE, learned={"domain": 0}, window=window)
    assert (finding["finished"], finding["learned_now"]) == (["general"], ["domain"])
    assert [finding[key] for key in ("min_acc", "wc_acc", "forg", "acc")] == pytest.approx([0.50, 0.50, 0.02, 0.54])
    assert [name["wf"] for name in finding["names"]] == pytest.approx(falls)
    assert [name["wp"] for name in finding["names"]] == pytest.approx(rises)
    assert (finding["wf"], finding["wp"]) == (pytest.approx(sum(falls) / 2), pytest.approx(sum(rises) / 2))
    assert finding["names"][0]["relative_depth"] == pytest.approx(0.10 / 0.60)
    assert (finding["names"][0]["worst_at"], finding["below_best"]) == (2, pytest.approx(0.02))


def test_three_tasks_one_after_the_other():
    first, second, third = three()
    assert (first["min_acc"], first["forg"]) == (None, None)
    assert (first["wc_acc"], first["acc"]) == (pytest.approx(0.8), pytest.approx(0.8))
    assert (second["min_acc"], second["wc_acc"]) == (pytest.approx(0.5), pytest.approx(0.6))
    assert [third[key] for key in ("min_acc", "wc_acc", "forg", "acc")] == pytest.approx(
        [0.4, 0.566667, 0.1, 0.733333], abs=1e-6
    )


@pytest.mark.parametrize(
    ("window", "falls", "rises"),
    [(2, [0.3, 0.3, 0], [0.4, 0.4, 0.5]), (3, [0.3, 0.4, 0], [0.6, 0.6, 0.7])],
)
def test_windows_cover_every_evaluation_since_a_name_was_first_learned(window, falls, rises):
    third = three(window)[2]
    assert [name["wf"] for name in third["names"]] == pytest.approx(falls)
    assert [name["wp"] for name in third["names"]] == pytest.approx(rises)
    assert third["wf"] == pytest.approx(sum(falls) / 3)


def test_windowed_figures_have_a_floor_of_nothing():
    rising = [0.1, 0.2, 0.3, 0.4]
    assert _windows.largest_fall(rising, 3) == 0
    assert [_windows.largest_rise(rising, n) for n in (2, 3)] == pytest.approx([0.1, 0.2])


def test_a_rise_after_a_fall_counts_although_it_stays_below_the_highest_value_before():
    assert _windows.largest_fall([0.9, 0.1, 0.8], 3) == pytest.approx(0.8)
    assert _windows.largest_rise([0.9, 0.1, 0.8], 3) == pytest.approx(0.7)


def test_losses_count_upside_down():
    (finding,) = found({"prose": [2.50, 2.62, 2.58, 2.47]}, better="lower")
    figures = [finding[key] for key in ("min_acc", "wc_acc", "forg", "wf", "wp")]
    assert figures == pytest.approx([-2.62, -2.62, -0.03, 0.12, 0.15])
    assert finding["sentence"] == (
        "The loss of what had been learned before was 2.62 at worst and ended 0.03 below where it had been before; "
        "within 10 evaluations (1 tokens apart) a measure got worse, on average of all, by up to 0.12."
    )


def test_losses_as_shares_can_be_averaged_with_accuracies():
    document = series({"loss": [1.0, 3.0], "accuracy": [0.5, 0.5]}) | {
        "better": {"loss": "lower", "accuracy": "higher"}
    }
    (finding,) = diagnose(document, Params(losses="inverse"))["findings"]
    assert finding["min_acc"] == pytest.approx((0.25 + 0.5) / 2)
    with pytest.raises(UserError, match="inverse"):
        diagnose(document, Params())


def test_where_nothing_falls_nothing_is_forgotten():
    (finding,) = found({"a": [0.5, 0.6, 0.7]})
    assert (finding["wf"], finding["below_best"], finding["names"][0]["relative_depth"]) == (0, 0, 0)
    assert (finding["forg"], finding["min_acc"]) == (pytest.approx(-0.2), pytest.approx(0.6))


def test_a_fall_that_is_not_made_up_for_is_forgotten_whole():
    (finding,) = found({"a": [0.8, 0.5, 0.4, 0.5]})
    assert (finding["forg"], finding["below_best"]) == (pytest.approx(0.3), pytest.approx(0.3))


def test_a_fall_at_the_last_evaluation_is_the_worst():
    (finding,) = found({"a": [0.5, 0.7, 0.2]})
    assert (finding["min_acc"], finding["names"][0]["worst_at"]) == (pytest.approx(0.2), 2)
    assert (finding["forg"], finding["below_best"]) == (pytest.approx(0.3), pytest.approx(0.5))


def test_of_equal_worst_values_the_first_counts_and_equal_neighbours_neither_fall_nor_rise():
    (finding,) = found({"a": [0.5, 0.2, 0.2, 0.5, 0.5]})
    assert finding["names"][0]["worst_at"] == 1
    assert _windows.largest_fall([0.5] * 4, 2) == _windows.largest_rise([0.5] * 4, 2) == 0


def test_a_phase_without_an_evaluation_says_so_and_one_evaluation_has_no_period():
    (finding,) = found({"a": [0.5]})
    assert (finding["min_acc"], finding["until"], finding["names"]) == (None, None, [])
    assert finding["sentence"] == "Nothing was measured in this phase."
    first, second = found({"a": [0.5, 0.4]}, starts=(0, 60), tokens=[0, 50])
    assert (first["min_acc"], second["min_acc"]) == (pytest.approx(0.4), None)
    (lone,) = found({"a": [0.5]}, learned={"a": 0}, tokens=[5])
    assert (lone["acc"], lone["period"], lone["wf"]) == (0.5, None, 0)


def test_the_period_between_evaluations_stands_beside_the_windows_that_count_them():
    (finding,) = found({"a": [5, 4, 3, 4, 5]}, tokens=[0, 10, 20, 60, 160])
    assert finding["period"] == {"least": 10, "median": 25, "most": 100}
    assert "(10 to 100 tokens apart)" in finding["sentence"]


def test_the_value_at_the_end_of_a_names_own_phase_is_its_level_and_not_its_worst():
    first, second = found({"a": [0.1, 0.05, 0.9, 0.8]}, starts=(0, 2), learned={"a": 0})
    assert first["names"][0]["worst"] == pytest.approx(0.05)
    assert (second["min_acc"], second["forg"]) == (pytest.approx(0.8), pytest.approx(0.1))


def test_a_level_of_nothing_has_no_relative_depth():
    assert found({"a": [0.0, -1.0]})[0]["names"][0]["relative_depth"] is None


def test_the_findings_are_json():
    findings = three()
    assert json.loads(json.dumps(findings, allow_nan=False)) == findings


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"learned": {"b": 0}}, "learned.b"),
        ({"learned": {"a": 1}}, "learned.a"),
        ({"learned": {"a": True}}, "learned.a"),
        ({"learned": {"a": -1}}, "learned.a"),
        ({"learned": ["a"]}, "learned"),
        ({"phase_starts": [-1]}, "learned"),
        ({"values": {"a": [1, None]}}, "values.a"),
    ],
)
def test_what_cannot_be_read_names_its_field(change, field):
    with pytest.raises(UserError) as raised:
        diagnose(series({"a": [0.5, 0.4]}) | change, Params())
    assert raised.value.field == field
    assert raised.value.sentence.endswith(".")


def test_a_loss_that_has_no_inverse_is_refused():
    with pytest.raises(UserError) as raised:
        found({"a": [-1.0, 2.0]}, better="lower", losses="inverse")
    assert raised.value.field == "values.a"


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=40), st.integers(2, 12))
def test_windows_are_those_of_the_definition_read_pair_by_pair(values, window):
    pairs = [
        (values[m], values[q]) for q in range(len(values)) for m in range(max(0, q - window + 1), q)
    ]  # fmt: skip
    assert _windows.largest_fall(values, window) == max([0, *(m - q for m, q in pairs)])
    assert _windows.largest_rise(values, window) == max([0, *(q - m for m, q in pairs)])


@settings(deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=2, max_size=30), st.sampled_from(["lower", "higher"]))
def test_a_single_name_has_the_figures_of_the_definitions(values, better):
    (finding,) = found({"m": [float(value) for value in values]}, better=better)
    a = np.array(values) * (-1 if better == "lower" else 1)
    assert (finding["min_acc"], finding["acc"]) == (a[1:].min(), a[-1])
    assert (finding["forg"], finding["below_best"]) == (a[0] - a[-1], a.max() - a[-1])
    assert finding["wc_acc"] == finding["min_acc"]

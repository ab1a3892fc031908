"""The stability gap: worked series, and every edge of its definitions."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import params, registry
from gradatim.diagnostics.stability_gap import Params, diagnose
from gradatim.errors import UserError

KEYS = (
    ["name", "phase_start", "gap_depth", "trough_at", "recovery_at", "gap_area", "net_gain", "peak_gain", "peak_at", "sentence"]
)  # fmt: skip


def series(tokens, values, better="higher", starts=(0,)) -> dict:
    return {
        "tokens": list(tokens),
        "values": {"m": list(values)},
        "better": {"m": better},
        "phase_starts": list(starts),
    }


def one(tokens, values, better="higher", starts=(0,), tolerance=0.0, phase=0) -> dict:
    return diagnose(series(tokens, values, better, starts), Params(tolerance=tolerance))["findings"][phase]


def figures(finding: dict) -> dict:
    return {key: value for key, value in finding.items() if key not in ("name", "phase_start", "sentence")}


def test_an_accuracy_that_falls_recovers_and_gains():
    found = one([0, 100, 200, 400, 500], [0.60, 0.50, 0.55, 0.62, 0.61])
    assert list(found) == KEYS
    assert found["phase_start"] == 0
    # area: (0.05*100 + 0.075*100 + 0.015*200 + 0) / 500
    assert figures(found) == pytest.approx(
        {
            "gap_depth": 0.1,
            "trough_at": 100,
            "recovery_at": 400,
            "gap_area": (5 + 7.5 + 3) / 500,
            "net_gain": 0.01,
            "peak_gain": 0.02,
            "peak_at": 400,
        }
    )
    assert found["sentence"] == (
        "m fell from 0.60 to 0.50 (-0.10) 100 tokens after the shift, was back 400 tokens after it, and ended at 0.610 (+0.010)."
    )


def test_a_loss_counts_upside_down_and_its_sentence_speaks_of_the_loss():
    found = one([0, 24_576, 49_152, 98_304], [3.69, 4.85, 4.50, 4.20], "lower")
    assert figures(found) == pytest.approx(
        {
            "gap_depth": 1.16,
            "trough_at": 24_576,
            "recovery_at": None,
            "gap_area": (0.58 * 1 + 0.985 * 1 + 0.66 * 2) / 4,
            "net_gain": -0.51,
            "peak_gain": 0.0,
            "peak_at": 0,
        }
    )
    assert found["sentence"] == (
        "m rose from 3.69 to 4.85 (+1.16) 24.6k tokens after the shift, was not back within the series, "
        "and ended at 4.20 (+0.51)."
    )


def test_a_loss_and_its_negative_give_the_same_figures():
    losses = [2.5, 2.75, 2.625, 2.25, 2.375]
    lower, higher = one(range(5), losses, "lower"), one(range(5), [-x for x in losses], "higher")
    assert figures(lower) == figures(higher)


def test_where_nothing_falls_there_is_no_trough_and_no_gap():
    found = one([0, 10, 20], [0.5, 0.5, 0.75])
    assert figures(found) == {
        "gap_depth": 0.0,
        "trough_at": None,
        "recovery_at": None,
        "gap_area": 0.0,
        "net_gain": 0.25,
        "peak_gain": 0.25,
        "peak_at": 20,
    }
    assert found["sentence"] == "m was never below 0.50 after the shift and rose to 0.75 (+0.25) at best."
    assert "stayed at 0.50" in one([0, 10], [0.5, 0.5])["sentence"]


def test_where_nothing_rises_the_peak_is_the_level_before():
    found = one([0, 10, 20], [0.5, 0.25, 0.375])
    assert (found["peak_gain"], found["peak_at"]) == (0.0, 0)


def test_of_equal_minima_and_of_equal_maxima_the_first_counts():
    found = one(range(0, 70, 10), [0.5, 0.25, 0.75, 0.25, 0.75, 0.5, 0.5])
    assert (found["trough_at"], found["recovery_at"], found["peak_at"]) == (10, 20, 20)


def test_reaching_the_level_before_exactly_is_recovery():
    assert one([0, 1, 2], [0.5, 0.25, 0.5])["recovery_at"] == 2


def test_recovery_is_looked_for_after_the_deepest_trough():
    found = one(range(5), [0.5, 0.4, 0.6, 0.1, 0.5])
    assert (found["trough_at"], found["recovery_at"]) == (3, 4)


def test_a_dip_at_the_last_evaluation_is_not_recovered():
    found = one([0, 10, 20], [0.5, 0.6, 0.4])
    assert (found["trough_at"], found["recovery_at"]) == (20, None)
    assert found["gap_area"] == 0.0  # the mean of 0.6 and 0.4 is not below 0.5
    assert found["sentence"].endswith("where the series ends: it was not back within the series.")


def test_the_tolerance_eases_recovery_and_nothing_else():
    strict, eased = (one(range(4), [0.5, 0.3, 0.46, 0.48], tolerance=t) for t in (0, 0.05))
    assert (strict["recovery_at"], eased["recovery_at"]) == (None, 2)
    assert {**figures(strict), "recovery_at": 2} == figures(eased)
    assert "was back (within 0.05) 2 tokens after it" in eased["sentence"]


def test_the_level_before_is_the_last_value_at_or_before_the_start_and_counts_at_the_start():
    found = one([0, 90, 110, 150], [0.9, 0.5, 0.25, 0.5], starts=[100])
    assert figures(found) == pytest.approx(
        {
            "gap_depth": 0.25,
            "trough_at": 10,
            "recovery_at": 50,
            "gap_area": (0.125 * 10 + 0.125 * 40) / 50,
            "net_gain": 0.0,
            "peak_gain": 0.0,
            "peak_at": 0,
        }
    )
    assert one([0, 100, 100, 150], [0.9, 0.7, 0.5, 0.6], starts=[100])["net_gain"] == pytest.approx(0.1)


def test_a_phase_ends_with_the_value_at_the_next_start_which_is_the_level_before_of_the_next():
    tokens, values = [0, 50, 100, 150, 200], [0.5, 0.4, 0.7, 0.2, 0.9]
    first = one(tokens, values, starts=[0, 100], phase=0)
    second = one(tokens, values, starts=[0, 100], phase=1)
    assert (first["net_gain"], first["recovery_at"]) == (pytest.approx(0.2), 100)
    assert (second["phase_start"], second["gap_depth"], second["trough_at"], second["recovery_at"]) == (
        100,
        pytest.approx(0.5),
        50,
        100,
    )


def test_a_phase_without_an_evaluation_says_so():
    found = one([0, 50], [0.5, 0.4], starts=[0, 60], phase=1)
    assert figures(found) == {
        "gap_depth": 0.0,
        "trough_at": None,
        "recovery_at": None,
        "gap_area": 0.0,
        "net_gain": 0.0,
        "peak_gain": 0.0,
        "peak_at": 0,
    }
    assert found["sentence"] == "m was 0.40 before the shift and was not measured after it."


def test_findings_come_for_every_name_and_every_phase_start_in_order():
    document = {
        "tokens": [0, 10, 20],
        "values": {"b": [1, 2, 3], "a": [3, 2, 1]},
        "better": {"a": "lower", "b": "higher"},
        "phase_starts": [0, 10],
    }
    found = diagnose(document, Params())["findings"]
    assert [(f["name"], f["phase_start"]) for f in found] == [("b", 0), ("b", 10), ("a", 0), ("a", 10)]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tokens": [0, 20, 10]}, "tokens"),
        ({"tokens": [0, math.nan, 10]}, "tokens"),
        ({"tokens": "0 10 20"}, "tokens"),
        ({"tokens": []}, "tokens"),
        ({"tokens": [0, 10]}, "values.m"),
        ({"values": {"m": [1, math.inf, 2]}}, "values.m"),
        ({"values": {"m": [1, 10**400, 2]}}, "values.m"),
        ({"values": {"m": [1, None, 2]}}, "values.m"),
        ({"values": {"m": [1, True, 2]}}, "values.m"),
        ({"values": {"m": 3}}, "values.m"),
        ({"values": []}, "values"),
        ({"values": {}}, "values"),
        ({"better": {"m": "bigger"}}, "better.m"),
        ({"better": {}}, "better.m"),
        ({"better": "lower"}, "better"),
        ({"phase_starts": [5, 5]}, "phase_starts"),
        ({"phase_starts": [10, 0]}, "phase_starts"),
        ({"phase_starts": [0, "a"]}, "phase_starts"),
        ({"phase_starts": [-1, 0]}, "phase_starts.0"),
    ],
)
def test_series_that_cannot_be_read_name_the_field(change, field):
    with pytest.raises(UserError) as raised:
        diagnose(series([0, 10, 20], [1, 2, 3]) | change, Params())
    assert raised.value.field == field
    assert raised.value.sentence.endswith(".")


@pytest.mark.parametrize("lacking", ["tokens", "values", "better", "phase_starts"])
def test_a_missing_part_is_named(lacking):
    document = series([0], [1])
    del document[lacking]
    with pytest.raises(UserError) as raised:
        diagnose(document, Params())
    assert raised.value.field == lacking
    with pytest.raises(UserError):
        diagnose([1, 2], Params())


def test_the_tolerance_is_not_negative():
    with pytest.raises(UserError) as raised:
        params.parse(Params, {"tolerance": -1})
    assert raised.value.field == "tolerance"
    assert registry.load("diagnostics", "stability_gap").diagnose is diagnose


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(-20, 20)), min_size=1, max_size=30),
    st.sampled_from(["lower", "higher"]),
    st.integers(0, 3),
)
def test_the_figures_are_those_of_the_definitions_read_one_by_one(steps, better, tolerance):
    taus = np.cumsum([0] + [gap for gap, _ in steps[1:]]).tolist()
    raw = [float(value) for _, value in steps]
    found = one(taus, raw, better, tolerance=float(tolerance))
    a = [-x if better == "lower" else x for x in raw]
    assert found["gap_depth"] == a[0] - min(a)
    trough = a.index(min(a))
    assert found["trough_at"] == (taus[trough] if trough else None)
    back = [t for t, x in zip(taus, a, strict=True) if trough and t > taus[trough] and x >= a[0] - tolerance]
    assert found["recovery_at"] == (back[0] if back else None)
    area = sum(max(0, a[0] - (a[i] + a[i + 1]) / 2) * (taus[i + 1] - taus[i]) for i in range(len(a) - 1))
    assert found["gap_area"] == pytest.approx(area / taus[-1] if taus[-1] else 0)
    assert found["net_gain"] == a[-1] - a[0]
    assert (found["peak_gain"], found["peak_at"]) == (max(a) - a[0], taus[a.index(max(a))])

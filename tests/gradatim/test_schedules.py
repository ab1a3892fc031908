import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import schedules
from gradatim.errors import UserError
from gradatim.specs import Recipe, Schedule, digest_of, freeze, parse

UNIT = {"rows": 16, "size": 2048}


def rate(schedule, step, steps, **unit):
    return schedules.rate(schedule, step, steps, **(UNIT | unit))


#: Worked numbers: peak 1e-3, floor 1e-5, 100 steps without warm-up, WSD's tail from step 80 on.
WORKED = {
    ("uba", 0.5): {0: 1e-3, 25: 9.592822e-4, 50: 8.02e-4, 75: 4.129129e-4, 90: 1.002802e-4, 100: 1e-5},
    ("uba", 1): {0: 1e-3, 25: 9.217815e-4, 50: 6.7e-4, 75: 2.629244e-4, 90: 5.729662e-5, 100: 1e-5},
    ("uba", 2): {0: 1e-3, 25: 8.550179e-4, 50: 5.05e-4, 75: 1.549821e-4, 90: 3.422702e-5, 100: 1e-5},
    ("uba", 5): {0: 1e-3, 25: 7.028250e-4, 50: 2.928571e-4, 75: 7.357945e-5, 90: 1.983522e-5, 100: 1e-5},
    ("cosine", 1): {0: 1e-3, 25: 8.550179e-4, 50: 5.05e-4, 75: 1.549821e-4, 90: 3.422702e-5, 100: 1e-5},
    ("rex", 1): {0: 1e-3, 25: 8.585714e-4, 50: 6.7e-4, 75: 4.06e-4, 90: 1.9e-4, 100: 1e-5},
    ("linear", 1): {0: 1e-3, 25: 7.525e-4, 50: 5.05e-4, 75: 2.575e-4, 90: 1.09e-4, 100: 1e-5},
    ("wsd", "linear"): {0: 1e-3, 75: 1e-3, 80: 1e-3, 85: 7.525e-4, 90: 5.05e-4, 100: 1e-5},
    ("wsd", "1-sqrt"): {0: 1e-3, 75: 1e-3, 80: 1e-3, 85: 5.05e-4, 90: 2.999643e-4, 100: 1e-5},
    ("wsd", "exponential"): {0: 1e-3, 80: 1e-3, 90: 1e-4, 100: 1e-5},
    ("constant", 1): {0: 1e-3, 99: 1e-3, 100: 1e-3},
}


@pytest.mark.parametrize(("shape", "detail"), WORKED)
def test_rates_follow_the_definitions(shape, detail):
    more = {"tail": detail} if shape == "wsd" else {"phi": detail}
    schedule = Schedule(shape=shape, peak=1e-3, floor=1e-5, warmup=0, decay=0.2, **more)
    for step, expected in WORKED[shape, detail].items():
        assert rate(schedule, step, 100) == pytest.approx(expected, rel=1e-6), step


@pytest.mark.parametrize(
    ("rows", "tokens", "expected"),
    [
        (1024, 1e9, 2e-2),
        (1024, 1e10, 2e-2),
        (1024, 1e11, 1.156266e-2),
        (1024, 1e12, 3.573204e-3),
        (512, 1e11, 5.781330e-3),
    ],
)
def test_a_power_law_depends_on_the_tokens_seen_and_not_on_the_length_of_the_phase(rows, tokens, expected):
    schedule = Schedule(shape="power", peak=0.02, warmup=0, decay=0)
    for steps in (10_000, 20_000):
        found = rate(schedule, int(tokens / 1e9), steps, rows=rows, size=10**9)
        assert found == pytest.approx(expected, rel=1e-6)


def test_a_power_law_warms_up_to_its_own_value_and_ends_with_its_tail():
    schedule = Schedule(
        shape="power", peak=1.0, floor=0.001, warmup=0.1, decay=0.2, tail="1-sqrt", scale=1, exponent=-0.5
    )
    law = [16 * (step * 2048) ** -0.5 for step in range(1, 101)]
    rates = [rate(schedule, step, 100) for step in range(101)]
    assert rates[:10] == pytest.approx([law[9] * k / 10 for k in range(1, 11)])
    assert rates[10:81] == pytest.approx(law[9:80])
    assert rates[85] == pytest.approx(law[79] * 0.5 + 0.001 * 0.5)
    assert rates[100] == pytest.approx(0.001)


def test_a_power_law_stays_between_peak_and_floor():
    schedule = Schedule(shape="power", peak=0.02, floor=0.01, warmup=0, decay=0)
    assert [rate(schedule, step, 10, size=10**11) for step in (0, 9)] == [0.02, 0.01]


@given(
    st.sampled_from(sorted(schedules.SHAPES)),
    st.floats(0, 0.5),
    st.floats(0, 1),
    st.floats(0.1, 10),
    st.integers(1, 60),
)
def test_every_shape_begins_at_its_highest_falls_and_stays_between_peak_and_floor(shape, warmup, decay, phi, steps):
    schedule = Schedule(shape=shape, peak=1.0, floor=0.1, warmup=warmup, decay=decay, phi=phi, tail="exponential")
    rates = [rate(schedule, step, steps) for step in range(steps + 1)]
    warm = round(warmup * steps)
    assert rates[warm] == pytest.approx(max(rates))
    assert all(later <= before + 1e-12 for before, later in zip(rates[warm:], rates[warm + 1 :], strict=False))
    assert 0.1 - 1e-12 <= rates[-1] <= 1
    if schedules.SHAPES[shape].falls:
        assert rates[-1] == pytest.approx(0.1 if warm < steps else 1.0)


@pytest.mark.parametrize("shape", sorted(set(schedules.SHAPES) - {"power"}))
def test_warm_up_rises_linearly_to_the_peak_and_the_rest_begins_there(shape):
    schedule = Schedule(shape=shape, peak=1.0, floor=0.1, warmup=0.1, decay=0.2)
    rates = [rate(schedule, step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * k for k in range(1, 11)])
    assert rates[10] == 1.0


def test_a_cosine_falls_over_the_steps_after_its_warm_up():
    schedule = Schedule(shape="cosine", peak=1.0, floor=0.2, warmup=0.5)
    assert rate(schedule, 75, 100) == pytest.approx(0.6)
    assert rate(schedule, 100, 100) == pytest.approx(0.2)


@pytest.mark.parametrize("tail", ["linear", "1-sqrt", "exponential"])
def test_a_tail_begins_where_the_rate_stood_and_ends_at_the_floor(tail):
    schedule = Schedule(shape="wsd", peak=1.0, floor=0.25, warmup=0, decay=0.5, tail=tail)
    rates = [rate(schedule, step, 8) for step in range(9)]
    assert rates[:5] == [1.0] * 5
    assert rates[8] == pytest.approx(0.25)
    assert rates[6] == pytest.approx({"linear": 0.625, "1-sqrt": 1 - 0.75 * math.sqrt(0.5), "exponential": 0.5}[tail])


def test_a_decay_that_would_begin_within_the_warm_up_begins_after_it():
    schedule = Schedule(shape="wsd", peak=1.0, floor=0.0, warmup=0.5, decay=1.0)
    rates = [rate(schedule, step, 10) for step in range(11)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2, 0.0])


def test_wsd_without_decay_is_constant():
    schedule = Schedule(shape="wsd", peak=1.0, warmup=0, decay=0)
    assert [rate(schedule, step, 5) for step in range(6)] == [1.0] * 6


def test_an_exponential_tail_to_zero_is_refused():
    with pytest.raises(UserError, match="never reaches 0"):
        parse(Schedule, {"shape": "wsd", "tail": "exponential"})
    parse(Schedule, {"shape": "cosine", "tail": "exponential"})


@given(st.sampled_from(sorted(schedules.SHAPES)), st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_phases_that_go_on_have_the_rates_of_one_long_phase(shape, steps):
    whole = Schedule(shape=shape, peak=1.0, floor=0.1, warmup=0.1)
    entries = [whole] + [Schedule(start="continued")] * (len(steps) - 1)
    found, first = [], 0
    for course, count in zip(schedules.courses(entries, steps), steps, strict=True):
        found += [course.rate(step, **UNIT) for step in range(first, first + count)]
        first += count
    assert found == [rate(whole, step, sum(steps)) for step in range(sum(steps))]


def test_a_phase_of_its_own_begins_anew_after_phases_that_went_on():
    entries = [Schedule(peak=1.0), Schedule(start="continued"), Schedule(peak=0.5), Schedule(start="continued")]
    courses = schedules.courses(entries, [10, 20, 5, 5])
    assert [(c.schedule.peak, c.first, c.steps) for c in courses] == [(1.0, 0, 30)] * 2 + [(0.5, 30, 10)] * 2


def test_the_first_phase_has_nothing_to_go_on_with():
    with pytest.raises(UserError, match="no schedule before it"):
        parse(Recipe, {"model": {"preset": "tiny"}, "schedules": [{"start": "continued"}]})


def test_what_came_later_is_written_where_it_is_used_and_older_schedules_keep_their_digest():
    older = {"model": {"preset": "tiny"}, "schedules": [{"shape": "wsd", "peak": 3e-4}]}
    newer = older | {"schedules": [{"shape": "wsd", "peak": 3e-4, "tail": "linear", "optimizer": "kept", "phi": 1}]}
    assert freeze(parse(Recipe, older))["schedules"] == [
        {"shape": "wsd", "peak": 3e-4, "floor": 0.0, "warmup": 0.02, "decay": 0.2}
    ]
    assert digest_of(parse(Recipe, older)) == digest_of(parse(Recipe, newer))
    newer["schedules"][0]["optimizer"] = "fresh"
    assert freeze(parse(Recipe, newer))["schedules"][0]["optimizer"] == "fresh"


def test_every_shape_says_what_it_does_and_where_it_comes_from():
    for shape in schedules.SHAPES.values():
        assert len(shape.help) > 40
        assert shape.source
        assert "Source" not in shape.help

import pytest

from gradatim.specs import Schedule
from gradatim.training.schedules import rate


@pytest.mark.parametrize(
    ("shape", "step", "expected"),
    [
        ("cosine", 0, 1e-3),
        ("cosine", 25, 8.550179e-4),
        ("cosine", 50, 5.05e-4),
        ("cosine", 75, 1.549821e-4),
        ("cosine", 90, 3.422702e-5),
        ("cosine", 100, 1e-5),
        ("wsd", 0, 1e-3),
        ("wsd", 75, 1e-3),
        ("wsd", 80, 1e-3),
        ("wsd", 85, 7.525e-4),
        ("wsd", 90, 5.05e-4),
        ("wsd", 100, 1e-5),
        ("constant", 99, 1e-3),
    ],
)
def test_rates_follow_the_definitions(shape, step, expected):
    schedule = Schedule(shape=shape, peak=1e-3, floor=1e-5, warmup=0, decay=0.2)
    assert rate(schedule, step, 100) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shape", ["cosine", "constant", "wsd"])
def test_warm_up_rises_linearly_to_the_peak_and_the_rest_begins_there(shape):
    schedule = Schedule(shape=shape, peak=1.0, floor=0.1, warmup=0.1, decay=0.2)
    rates = [rate(schedule, step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * k for k in range(1, 11)])
    assert rates[10] == 1.0


def test_a_cosine_falls_over_the_steps_after_its_warm_up():
    schedule = Schedule(shape="cosine", peak=1.0, floor=0.2, warmup=0.5)
    assert rate(schedule, 75, 100) == pytest.approx(0.6)
    assert rate(schedule, 100, 100) == pytest.approx(0.2)


def test_a_decay_that_would_begin_within_the_warm_up_begins_after_it():
    schedule = Schedule(shape="wsd", peak=1.0, floor=0.0, warmup=0.5, decay=1.0)
    rates = [rate(schedule, step, 10) for step in range(11)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2, 0.0])


def test_wsd_without_decay_is_constant():
    schedule = Schedule(shape="wsd", peak=1.0, warmup=0, decay=0)
    assert [rate(schedule, step, 5) for step in range(6)] == [1.0] * 6

import pytest

from apps.comparisons import selectors
from apps.comparisons.selectors import View
from gradatim.errors import UserError
from tests.apps.runs.builders import FALL, GAP, run_of


def compared(*runs, **view):
    return selectors.compare(list(runs), View(**view))


def test_a_continuation_is_measured_from_its_bases_end(project, alice):
    base = run_of(project, alice, "Base", losses={"prose": FALL})
    found = compared(run_of(project, alice, base=base)).gaps
    prose = next(gap for gap in found if gap.domain == "prose")
    assert (prose.phase_start, prose.gap_depth, prose.trough_at, prose.recovery_at) == (0, 1.0, 100, 300)
    assert (prose.net_gain, prose.peak_gain, prose.peak_at) == (0.25, 0.25, 400)
    assert prose.gap_area == pytest.approx((0.5 + 0.75 + 0.25) * 100 / 400)


def test_the_tolerance_moves_the_recovery_forward(project, alice):
    base = run_of(project, alice, "Base")
    run = run_of(project, alice, base=base)
    recoveries = {t: compared(run, tolerance=t, domain="prose").gaps[0].recovery_at for t in (0.0, 0.5)}
    assert recoveries == {0.0: 300, 0.5: 200}


def test_losses_beyond_all_bounds_count_like_those_that_are_no_number(project, alice):
    base = run_of(project, alice, "Base", losses={"prose": FALL})
    plain, wild = [2.0, 2.5, 2.25, 2.0, 1.75], [2.0, 1e308, -1e308, 2.0, 1.75]
    gaps = [compared(run_of(project, alice, base=base, losses={"prose": losses})).gaps for losses in (plain, wild)]
    assert [gap.net_gain for (gap,) in gaps] == [gaps[0][0].net_gain] * 2
    assert gaps[1][0].gap_depth == 0


def test_fresh_weights_in_one_phase_have_no_gap_but_an_answer(project, alice):
    found = compared(run_of(project, alice, "Fresh"))
    assert found.gaps == []
    assert "fresh weights" in found.answers[0].sentence
    assert "2.75" in found.answers[0].sentence


def test_a_run_of_two_phases_is_measured_at_the_second(project, alice):
    run = run_of(project, alice, "Two", phases=(("prose", 200), ("code", 200)), losses={"prose": [5, 4, 3, 3.5, 3.25]})
    (gap,) = compared(run).gaps
    assert (gap.phase_start, gap.gap_depth, gap.trough_at, gap.recovery_at) == (200, 0.5, 100, None)


def test_a_shift_that_the_series_has_not_reached_is_not_measured(project, alice):
    run = run_of(
        project, alice, "Early", phases=(("a", 300), ("b", 300)), losses={"prose": [5.0, 4.0]}, status="running"
    )
    assert compared(run).gaps == []


def test_the_domain_that_lost_most_comes_first_and_all_runs_answer_for_it(project, alice):
    base = run_of(project, alice, "Base")
    runs = [run_of(project, alice, name, base=base) for name in ("One", "Two")]
    found = compared(*runs)
    assert found.domains == ["prose", "code"]
    assert all(answer.sentence.startswith("Prose loss rose") for answer in found.answers)


def test_a_running_run_answers_so_far(project, alice):
    base = run_of(project, alice, "Base")
    found = compared(run_of(project, alice, "Live", base=base, losses={"prose": GAP[:2]}, status="running"))
    assert found.live
    assert found.answers[0].sentence.startswith("So far: prose loss rose")


def test_a_run_that_measured_nothing_says_so(project, alice):
    assert compared(run_of(project, alice, losses={}, status="queued")).answers[0].sentence == "Not evaluated yet."


def test_one_seed_is_said_and_no_winner_named(project, alice):
    base = run_of(project, alice, "Base")
    evidence = compared(*(run_of(project, alice, name, base=base) for name in ("One", "Two"))).evidence
    assert evidence[0].startswith("One seed")
    assert "No winner is named" in evidence[0]
    assert evidence[1].startswith("All runs continue from Base")


def test_runs_of_one_name_are_told_apart_by_their_seeds(project, alice):
    base = run_of(project, alice, "Base")
    found = compared(*(run_of(project, alice, "Same", base=base, seed=seed) for seed in (0, 1)))
    assert [answer.name for answer in found.answers] == ["Same (seed 0)", "Same (seed 1)"]


@pytest.mark.parametrize(
    "query", [{"tolerance": "-1"}, {"tolerance": "nan"}, {"tolerance": "much"}, {"axis": "epochs"}]
)
def test_a_view_that_cannot_be_read_names_its_field(query):
    with pytest.raises(UserError) as error:
        selectors.view_of(query)
    assert error.value.field in query


def test_the_address_overrules_the_saved_view():
    assert selectors.view_of({"axis": "steps"}, {"axis": "time", "tolerance": "0.5"}) == View(
        axis="steps", tolerance=0.5
    )

import json

import pytest

from apps.runs import figures, series
from gradatim.errors import UserError
from tests.apps.runs.builders import GAP, run_of


@pytest.mark.parametrize("name", figures.NAMES)
@pytest.mark.parametrize("axis", ["tokens", "steps", "time"])
def test_every_figure_draws_every_axis_as_plain_json(project, alice, name, axis):
    drawn = figures.payload(name, [run_of(project, alice), run_of(project, alice, "Two")], {"axis": axis})
    json.dumps(drawn, allow_nan=False)
    assert drawn["shown"] == drawn["total"]
    if name not in ("mixture", "questions", "answer-loss"):  # these runs were made without any
        assert drawn["figure"]["data"]
        assert drawn["table"]["rows"]


def test_a_figure_holds_no_id_of_the_application(project, alice):
    run = run_of(project, alice)
    for name in figures.NAMES:
        text = json.dumps(figures.payload(name, [run], {}))
        assert str(run.pk) not in text
        assert alice.username not in text


def test_a_long_line_is_thinned_and_says_so_and_a_zoom_brings_points_back(project, alice):
    run = run_of(project, alice, train_points=5_000, losses={})
    whole = figures.payload("training-loss", [run], {})
    assert (whole["shown"] <= 1000, whole["total"]) == (True, 5_000)
    zoomed = figures.payload("training-loss", [run], {"start": "800", "stop": "1600"})
    assert (zoomed["shown"], zoomed["total"]) == (101, 101)


def test_a_zoom_in_hours_keeps_the_clocks_start(project, alice):
    run = run_of(project, alice, train_points=5_000, losses={})
    zoomed = figures.payload("training-loss", [run], {"axis": "time", "start": "0.5", "stop": "1"})
    xs = zoomed["figure"]["data"][0]["x"]
    assert xs[0] == 0
    assert min(xs[1:]) >= 0.5
    assert max(xs) <= 1


def test_live_is_true_until_every_job_is_over(project, alice):
    runs = [run_of(project, alice), run_of(project, alice, "Two", status="running")]
    assert figures.payload("training-loss", runs, {})["live"]
    assert not figures.payload("training-loss", runs[:1], {})["live"]


def test_nothing_yet_is_said_in_words(project, alice):
    drawn = figures.payload("evaluation-loss", [run_of(project, alice, losses={})], {})
    assert drawn["figure"]["data"] == []
    assert drawn["empty"] == "No evaluation yet."


@pytest.mark.parametrize("query", [{"axis": "epochs"}, {"start": "left"}, {"stop": "nan"}])
def test_a_question_that_cannot_be_read_names_its_field(project, alice, query):
    with pytest.raises(UserError) as error:
        figures.payload("training-loss", [run_of(project, alice)], query)
    assert error.value.field in query


def test_series_cost_two_queries_however_many_runs(project, alice, django_assert_num_queries):
    runs = [run_of(project, alice, f"Run {i}") for i in range(4)]
    with django_assert_num_queries(2):
        found = series.evaluations(runs)
    assert found[runs[0].pk]["prose"].loss.value.tolist() == GAP
    assert found[runs[0].pk]["prose"].bits_per_byte.last == GAP[-1] / 2

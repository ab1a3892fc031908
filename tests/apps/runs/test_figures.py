import json
import uuid
from datetime import UTC, datetime

import pytest

from apps.jobs.models import Attempt
from apps.runs import along, figures, series
from gradatim.errors import UserError
from tests.apps.runs.builders import GAP, run_of


@pytest.mark.parametrize("name", figures.NAMES)
@pytest.mark.parametrize("axis", ["tokens", "steps", "time", "clock"])
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


def test_a_zoom_by_the_clock_is_in_milliseconds(project, alice):
    run = run_of(project, alice, train_points=5_000, losses={})
    zoomed = figures.payload("training-loss", [run], {"axis": "clock", "start": "2000000", "stop": "2100000"})
    assert (zoomed["shown"], zoomed["total"]) == (101, 101)
    assert zoomed["figure"]["layout"]["xaxis"]["type"] == "date"
    assert zoomed["table"]["rows"][0][0] == "1970-01-01 00:33:20"


def test_samples_are_counted_from_the_plan(study):
    run = study.arms[1]
    tokens, samples = along.samples_of(run)
    assert len(tokens) == 3 and samples[-1] > samples[1] > 0
    drawn = figures.payload("evaluation-loss", [run], {"axis": "samples"})
    assert max(drawn["figure"]["data"][0]["x"]) <= samples[-1]
    assert drawn["figure"]["layout"]["shapes"][0]["x0"] == pytest.approx(samples[1])


def test_runs_whose_samples_nobody_counted_say_so(project, alice):
    drawn = figures.payload("training-loss", [run_of(project, alice)], {"axis": "samples"})
    assert drawn["empty"] == "How many samples these runs have consumed is not known."


def test_phases_and_events_stand_on_every_axis(project, alice):
    run = run_of(project, alice, phases=(("first", 200), ("shift", 200)))
    run.certificate |= {"matches": False, "first_difference": 10}
    again = Attempt.objects.create(job=run.job, number=2, lease=uuid.uuid4(), worker="w")
    Attempt.objects.filter(pk=again.pk).update(created_at=datetime.fromtimestamp(1030, UTC))
    expected = {"tokens": [200, 240, 80], "steps": [25, 30, 10], "clock": [1025000, 1030000, 1010000]}
    for axis, places in expected.items():
        layout = figures.payload("training-loss", [run], {"axis": axis})["figure"]["layout"]
        assert [shape["x0"] for shape in layout["shapes"]] == places
        assert [note["text"] for note in layout["annotations"]] == ["shift", "resumed", "order differs"]


@pytest.mark.parametrize(
    ("scale", "logarithmic"), [("linear", ""), ("log", "y"), ("log_x", "x"), ("log_both", "xy"), ("cubic", "")]
)
def test_either_axis_or_both_are_logarithmic(project, alice, scale, logarithmic):
    run = run_of(project, alice, phases=(("first", 100), ("shift", 300)))
    layout = figures.payload("training-loss", [run], {"scale": scale})["figure"]["layout"]
    assert {key for key in "xy" if layout[f"{key}axis"].get("type") == "log"} == set(logarithmic)
    assert layout["shapes"][0]["x0"] == 100
    assert layout["annotations"][0]["x"] == (2 if "x" in logarithmic else 100)


def test_smoothing_is_off_by_default_and_keeps_the_raw_line(project, alice):
    run = run_of(project, alice)
    assert len(figures.payload("training-loss", [run], {})["figure"]["data"]) == 1
    raw, smoothed = figures.payload("training-loss", [run], {"smoothing": "3"})["figure"]["data"]
    assert raw["y"][0] == 4
    assert smoothed["name"] == "Code alone, smoothed"


def test_hovering_shows_the_step_on_every_axis(project, alice):
    for name in ("training-loss", "evaluation-loss", "learning-rate"):
        trace = figures.payload(name, [run_of(project, alice)], {})["figure"]["data"][0]
        assert "step %{customdata:,}" in trace["hovertemplate"]
        assert len(trace["customdata"]) == len(trace["x"])


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
        found, _ = series.evaluations(runs)
    assert found[runs[0].pk]["prose"].loss.value.tolist() == GAP
    assert found[runs[0].pk]["prose"].bits_per_byte.last == GAP[-1] / 2

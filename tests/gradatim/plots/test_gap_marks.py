"""Level before, trough and recovery on the curve of a domain's loss."""

import plotly.graph_objects
import pytest

from gradatim.plots import evaluation_curves
from tests.gradatim.plots.test_plots import line


def run(name, values, shifts=(0,), tokens=(0, 100, 200, 300)) -> dict:
    return {
        "id": name,
        "name": name,
        "shifts": list(shifts),
        "phases": [],
        "series": {"eval/heldout/prose/loss": line(tokens, values)},
    }


ALONE = run("alone", [3.0, 4.0, 3.4, 2.9])
REPLAY = run("replay", [3.0, 3.5, 3.2, 3.1])


def marks(runs, **params) -> dict[str, list]:
    asked = {"domain": "prose", "gaps": True} | params
    figure = evaluation_curves.figure(runs, evaluation_curves.Params(**asked))
    plotly.graph_objects.Figure(figure)
    found: dict[str, list] = {}
    for trace in figure["data"]:
        if "legendgroup" in trace:
            found.setdefault(trace["name"], []).append((trace["x"], trace["y"], trace["meta"]["color"]))
    return found


def test_each_run_has_its_marks_and_a_level_that_they_share_is_drawn_once():
    assert marks([ALONE, REPLAY]) == {
        "level before": [([0, 300], [3, 3], 0)],
        "trough": [([100], [4], 0), ([100], [3.5], 1)],
        "recovery": [([300], [2.9], 0)],
    }


def test_the_tolerance_moves_the_recovery():
    assert marks([REPLAY], tolerance=0.25)["recovery"] == [([200], [3.2], 0)]


def test_over_steps_and_hours_the_marks_stand_at_the_same_evaluations():
    assert marks([ALONE], axis="steps")["trough"] == [([10], [4], 0)]
    ((x, _, _),) = marks([ALONE], axis="time")["trough"]
    assert x == pytest.approx([1])


def test_the_legend_keeps_its_room_for_the_runs():
    params = evaluation_curves.Params(domain="prose", gaps=True)
    data = evaluation_curves.figure([ALONE, REPLAY], params)["data"]
    assert [trace["name"] for trace in data if trace.get("showlegend", True)] == ["alone", "replay"]


def test_each_shift_of_a_run_has_marks_of_its_own():
    found = marks([run("two", [3.0, 3.5, 3.0, 3.25], shifts=(0, 200))])
    assert found["trough"] == [([100], [3.5], 0), ([300], [3.25], 0)]
    assert found["level before"] == [([0, 200], [3, 3], 0), ([200, 300], [3, 3], 0)]


@pytest.mark.parametrize(
    ("runs", "params"),
    [
        ([run("fell", [3.0, 2.5, 2.0, 2.0])], {}),
        ([run("fresh", [3.0, 4.0, 3.0, 3.0], shifts=())], {}),
        ([run("early", [3.0, 4.0, 3.0, 3.0], shifts=(500,))], {}),
        ([run("late", [4.0, 3.0], tokens=(100, 200))], {}),
        ([ALONE], {"seeds": "mean"}),
        ([ALONE], {"domain": ""}),
        ([ALONE], {"gaps": False}),
    ],
)
def test_where_nothing_was_lost_or_nothing_can_be_marked_there_are_no_marks(runs, params):
    assert marks(runs, **params) == {}

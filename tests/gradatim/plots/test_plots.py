"""Every figure is plain JSON that plotly accepts, has a table twin with its points, and reads in one sentence."""

import json
import sys

import numpy as np
import pytest

from gradatim import registry, series
from gradatim.plots import (
    _curves,
    agreement,
    evaluation_curves,
    learning_rate,
    loss_curves,
    mixture,
    order_preview,
    score_histogram,
)


def line(tokens, values) -> dict:
    return {
        "tokens": list(tokens),
        "steps": [t // 10 for t in tokens],
        "time": [1e9 + 36 * t for t in tokens],
        "values": list(values),
    }


def run(name: str, prose, code, phases=()) -> dict:
    tokens = [0, 100, 200]
    return {
        "id": name,
        "name": name,
        "phases": list(phases),
        "series": {
            "train/loss": line([10, 110, 190], [4.0, float("nan"), 2.0]),
            "train/lr": line([10, 110, 190], [1e-4, 1e-3, 5e-4]),
            "eval/heldout/prose/loss": line(tokens, prose),
            "eval/heldout/code/loss": line(tokens, code),
            "eval/heldout/code/bits_per_byte": line(tokens, [c / 2 for c in code]),
            "weights/planned/new": line(tokens[:1] + tokens[2:], [0.75, 0.75]),
            "weights/consumed/new": line(tokens, [0.5, 0.7, 0.74]),
            "weights/planned/replay": line(tokens[:1] + tokens[2:], [0.25, 0.25]),
            "weights/consumed/replay": line(tokens, [0.5, 0.3, 0.26]),
        },
    }


PHASES = ({"name": "first", "start": 0}, {"name": "shift", "start": 100})
ALONE = run("alone", [3.69, 4.85, 4.2], [3.24, 3.0, 2.5], PHASES)
REPLAY = run("replay", [3.69, 4.1, 3.9], [3.24, 3.1, 2.7], PHASES)
SCORES = np.random.default_rng(0).lognormal(0, 2, 5000)
HISTOGRAM = {"id": "s", "name": "perplexity", "histogram": score_histogram.bins(SCORES)}
ORDER = {"id": "o", "name": "sorted", "order": order_preview.bands_of(np.arange(1000.0))}
RISING = series.percentiles(np.arange(1000.0))
NOISY = series.percentiles(np.arange(1000.0) + np.random.default_rng(0).normal(0, 200, 1000))
AGREEMENT = {
    "id": "a",
    "name": "length",
    "agreement": agreement.grid_of(RISING, NOISY, names=("length", "perplexity"), sense=1),
}
RECORDS = {
    "agreement": AGREEMENT,
    "score_histogram": HISTOGRAM,
    "order_preview": ORDER,
}


@pytest.mark.parametrize("name", registry.names("plots"))
@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_figure_is_json_that_plotly_accepts_and_has_a_twin_and_a_sentence(name, count):
    module = registry.load("plots", name)
    params = module.Params()
    runs = ([RECORDS[name]] * 2 if name in RECORDS else [ALONE, REPLAY])[:count]
    figure = module.figure(runs, params)
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure
    import plotly.graph_objects

    plotly.graph_objects.Figure(figure)  # raises for what is no property
    assert bool(figure["data"]) == bool(count)
    assert all(isinstance(trace["meta"]["color"], int) for trace in figure["data"])
    told_apart = [
        (t["line"]["dash"], t["meta"]["color"])
        for t in figure["data"]
        if t.get("showlegend", True) and "dash" in t.get("line", {})
    ]
    assert len(set(told_apart)) == len(told_apart)
    table = module.table(runs, params)
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert bool(table["rows"]) == bool(count)
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
    sentence = module.reading(runs, params)
    assert sentence.endswith(".") and "nan" not in sentence
    assert isinstance(module.metrics, tuple)


def test_loss_curves_leave_a_gap_where_the_loss_is_no_number():
    figure = loss_curves.figure([ALONE], loss_curves.Params())
    (trace,) = figure["data"]
    assert (trace["x"], trace["y"]) == ([10, 110, 190], [4, None, 2])
    assert loss_curves.table([ALONE], loss_curves.Params())["rows"] == [[10, 4], [110, None], [190, 2]]
    assert loss_curves.reading([ALONE], loss_curves.Params()) == "The training loss of alone was last 2.000."


@pytest.mark.parametrize("beside", [3.0, 3.5], ids=["whole", "broken"])
def test_a_loss_that_has_come_apart_is_a_number_that_every_reader_of_json_takes(beside):
    values = _curves.numbers(np.array([beside, 1e20, np.nan]))
    assert values == [beside, 1e20, None] and isinstance(values[1], float)
    assert isinstance(_curves.numbers(np.array([3.0, np.nan]))[0], int)


def test_smoothing_never_hides_the_raw_line():
    figure = loss_curves.figure([ALONE], loss_curves.Params(smoothing=0.1))
    raw, smoothed = figure["data"]
    assert raw["meta"] == {"color": 0, "quiet": True, "leads": True}
    assert (smoothed["name"], smoothed["meta"]) == ("alone, smoothed", {"color": 0})
    assert smoothed["y"][0] == 4 and 2 < smoothed["y"][2] < 4


def test_time_is_in_hours_since_the_first_point_of_the_run():
    figure = evaluation_curves.figure([ALONE], evaluation_curves.Params(axis="time", domain="prose"))
    assert figure["data"][0]["x"] == pytest.approx([0, 1, 2])
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [pytest.approx(1)], (
        "the phase stands where its tokens do"
    )


def test_evaluation_curves_tell_runs_by_colour_and_domains_by_dash_and_mark_the_shift_once():
    figure = evaluation_curves.figure([ALONE, REPLAY], evaluation_curves.Params())
    assert [(t["name"], t["meta"]["color"], t["line"]["dash"]) for t in figure["data"]] == [
        ("alone: code", 0, "solid"),
        ("alone: prose", 0, "dash"),
        ("replay: code", 1, "solid"),
        ("replay: prose", 1, "dash"),
    ]
    assert [(s["x0"], s["x1"]) for s in figure["layout"]["shapes"]] == [(100, 100)]
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["shift"]


def test_names_of_phases_that_start_all_but_together_stand_together():
    def shifted(start, *names):
        return {**ALONE, "phases": [{"name": "first", "start": 0}, *({"name": n, "start": start} for n in names)]}

    lines = _curves.phase_lines([shifted(1000, "code"), shifted(1009, "replay"), shifted(1030, "code")], "tokens")
    assert [shape["x0"] for shape in lines["shapes"]] == [1000, 1009, 1030]
    assert [(note["x"], note["text"]) for note in lines["annotations"]] == [(1000, "code / replay"), (1030, "code")]


def test_a_learning_rate_that_all_runs_reached_is_said_once():
    def peaked(name, most):
        return {**ALONE, "name": name, "series": {"train/lr": line([10, 110], [1e-4, most])}}

    read = learning_rate.reading
    same, other = [peaked("a", 3e-3), peaked("b", 3e-3)], peaked("c", 1e-3)
    assert read(same, learning_rate.Params()) == "The learning rate reached 0.003 in each of 2 runs."
    assert read([*same, other], learning_rate.Params()) == "The learning rate reached 0.003 in a and b; 0.001 in c."


def test_evaluation_curves_of_one_domain_and_measure():
    params = evaluation_curves.Params(domain="code", measure="bits_per_byte")
    table = evaluation_curves.table([ALONE, REPLAY], params)
    assert table["columns"] == ["Tokens", "alone", "replay"]
    assert table["rows"][-1] == [200, 1.25, 1.35]
    sentence = evaluation_curves.reading([ALONE, REPLAY], evaluation_curves.Params(domain="prose"))
    ranked = "At the last evaluation, prose ends lowest in replay (3.90) and highest in alone (4.20)"
    assert sentence == f"{ranked}; each has one seed, which names no winner."
    sentence = evaluation_curves.reading([ALONE], evaluation_curves.Params(domain="prose"))
    assert sentence == "From the first to the last evaluation, prose went from 3.69 to 4.20."


def test_averaged_weights_are_drawn_in_the_colour_of_their_domain_with_open_markers_and_another_dash():
    last = {"code": 2.4, "prose": 3.5}
    own = {f"eval_averaged/heldout/{name}/loss": line([100, 200], [4.0, value]) for name, value in last.items()}
    records = [{**ALONE, "series": ALONE["series"] | own}, REPLAY]
    code, code_averaged, prose, prose_averaged = evaluation_curves.figure(records[:1], evaluation_curves.Params())[
        "data"
    ]
    assert (code_averaged["name"], prose_averaged["name"]) == ("code, averaged", "prose, averaged")
    assert code_averaged["meta"]["color"] == code["meta"]["color"] != prose["meta"]["color"]
    assert (prose["marker"]["symbol"], prose_averaged["marker"]["symbol"]) == ("square", "diamond-open")
    assert prose_averaged["x"] == [100, 200]
    assert "prose went from 3.69 to 4.20 (3.50 with averaged weights)" in evaluation_curves.reading(
        records[:1], evaluation_curves.Params()
    )
    params = evaluation_curves.Params(domain="prose", gaps=True)
    drawn = [t for t in evaluation_curves.figure(records, params)["data"] if t.get("showlegend", True)]
    assert [t["name"] for t in drawn] == ["alone", "alone, averaged", "replay"]
    assert "lowest in alone with averaged weights (3.50)" in evaluation_curves.reading(records, params)
    every = evaluation_curves.figure(records, evaluation_curves.Params())["data"]
    assert len({(t["line"]["dash"], t["meta"]["color"]) for t in every}) == len(every) == 6
    assert evaluation_curves.table(records, params)["columns"] == ["Tokens", "alone", "alone, averaged", "replay"]


def test_the_mixture_draws_planned_beside_consumed_and_says_where_it_stands():
    figure = mixture.figure([ALONE], mixture.Params())
    assert [(t["name"], t["meta"]["color"], t["line"]["dash"]) for t in figure["data"]] == [
        ("new, planned", 0, "dash"),
        ("replay, planned", 1, "dash"),
        ("new, consumed", 0, "solid"),
        ("replay, consumed", 1, "solid"),
    ]
    sentence = mixture.reading([ALONE], mixture.Params())
    assert sentence == "Last consumed: new 74.0% (planned 75.0%) and replay 26.0% (planned 25.0%)."
    stacked = mixture.figure([ALONE], mixture.Params(view="stacked"))
    assert [t["stackgroup"] for t in stacked["data"]] == ["run-0", "run-0"]
    assert [t["name"] for t in stacked["data"]] == ["new, planned", "replay, planned"]


def test_a_plan_can_be_drawn_as_a_mixture_before_any_run():
    phases = [
        {"name": "a", "planned_tokens": 100, "weights": {"x": 1.0}},
        {"name": "b", "planned_tokens": 100, "weights": {"x": 0.5, "y": 0.5}},
    ]
    shares = {"tokens": [50, 100, 200], "streams": {"a/x": [1, 1, 0], "b/x": [0, 0, 0.4], "b/y": [0, 0, 0.6]}}
    record = mixture.record_of_plan("p", "plan", phases, shares)
    assert record["series"]["weights/planned/a/x"]["values"] == [1.0, 1.0, 0.0]
    assert record["series"]["weights/planned/b/y"]["values"] == [0.0, 0.0, 0.5]
    assert mixture.figure([record], mixture.Params())["layout"]["shapes"][0]["x0"] == 100


def test_the_histogram_counts_every_score_and_cuts_a_long_tail_off():
    found = HISTOGRAM["histogram"]
    assert (len(found["counts"]), len(found["edges"])) == (64, 65)
    assert sum(found["counts"]) + found["below"] + found["above"] == 5000
    assert 0 < found["above"] <= 25
    sentence = score_histogram.reading([HISTOGRAM], score_histogram.Params())
    middle = f"{found['median']:,.4g}"
    assert sentence.startswith(f"Half of the 5,000 scores of perplexity are at or below {middle} (")
    assert score_histogram.bins(np.array([3.0, 1.0, 2.0]))["median"] == 2.0
    assert f"({found['above']} lie beyond the drawn range)" in sentence
    short = score_histogram.bins(np.arange(100.0))
    assert (short["edges"][0], short["edges"][-1], short["above"]) == (0.0, 99.0, 0)
    assert sum(score_histogram.bins(np.full(7, 2.0))["counts"]) == 7
    assert score_histogram.bins(np.array([np.nan]))["counts"] == []


def test_the_order_preview_of_sorted_scores_climbs_from_0_to_100():
    order = ORDER["order"]
    assert order["samples"] == 1000
    assert order["mean"][0] < 1 and order["mean"][-1] > 99
    assert all(low <= mean <= high for low, mean, high in zip(order["low"], order["mean"], order["high"], strict=True))
    sentence = order_preview.reading([ORDER], order_preview.Params())
    assert "percentile of 5 (first tenth) and ends at 95 (last tenth)." in sentence
    assert len(order_preview.figure([ORDER], order_preview.Params(band=False))["data"]) == 1
    assert order_preview.reading([ORDER] * 4, order_preview.Params()) == (
        "4 orders: they begin at a mean score percentile of 5 (first tenth) and end at one of 95 (last tenth)."
    )


def test_no_figure_imports_plotly_or_torch():
    import subprocess

    code = (
        "import sys; from gradatim import registry; "
        "[registry.load('plots', n) for n in registry.names('plots')]; "
        "print([m for m in ('plotly', 'torch', 'pyarrow') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_seeds_of_one_setting_are_a_mean_with_its_range_where_all_have_measured():
    first = run("replay, seed 0", [3.0, 4.0, 3.0], [3.0, 2.0, 1.0]) | {"group": "replay"}
    second = run("replay, seed 1", [3.5, float("nan"), 2.0], [3.0, 2.0, 2.0]) | {"group": "replay"}
    params = evaluation_curves.Params(domain="prose", seeds="mean")
    low, high, mean, alone = evaluation_curves.figure([first, second, ALONE], params)["data"]
    assert (mean["name"], mean["x"], mean["y"]) == ("replay, mean of 2 runs", [0, 200], [3.25, 2.5])
    assert (low["y"], high["y"], high["fill"]) == ([3, 2], [3.5, 3], "tonexty")
    assert low["meta"]["color"] == mean["meta"]["color"] == 0
    assert (alone["name"], alone["meta"]["color"]) == ("alone", 2)
    columns = evaluation_curves.table([first, second, ALONE], params)["columns"]
    assert columns[1:4] == [
        "replay, mean of 2 runs",
        "replay, mean of 2 runs, lowest",
        "replay, mean of 2 runs, highest",
    ]
    reading = evaluation_curves.reading([first, second, ALONE], params)
    assert "is lowest in replay, mean of 2 runs (2.50)" in reading
    assert reading.endswith("; alone has one seed, which names no winner.")
    last = "The last training loss is lowest in"
    assert loss_curves.reading([ALONE, REPLAY], loss_curves.Params()).startswith(last)
    assert loss_curves.reading([ALONE, REPLAY], loss_curves.Params()).endswith(
        "; each has one seed, which names no winner."
    )
    by_time = evaluation_curves.Params(domain="prose", seeds="mean", axis="time")
    assert len(evaluation_curves.figure([first, second, ALONE], by_time)["data"]) == 3


def test_a_sentence_about_many_domains_says_the_first_and_how_many_there_are():
    def of(name, last):
        domains = {f"eval/heldout/{d}/loss": ALONE["series"]["eval/heldout/prose/loss"] for d in "abcd"}
        return {**run(name, [3.0, last], [3.0, last]), "series": domains}

    reading = evaluation_curves.reading([of("one", 2.0), of("two", 1.0)], evaluation_curves.Params())
    assert reading.startswith("At the last evaluation, a ends lowest in one (4.20)")
    assert "; 2 more domains are in the table; each has one seed" in reading
    assert "c ends" not in reading


def test_a_sentence_ranks_settings_and_never_single_seeds():
    first = run("replay, seed 0", [3.0, 4.0, 3.0], [3.0, 2.0, 1.0]) | {"group": "replay"}
    second = run("replay, seed 1", [3.5, 3.0, 2.0], [3.0, 2.0, 2.0]) | {"group": "replay"}
    third = run("none, seed 0", [3.5, 3.0, 2.9], [3.0, 2.0, 2.0]) | {"group": "none"}
    fourth = run("none, seed 1", [3.5, 3.0, 2.7], [3.0, 2.0, 2.0]) | {"group": "none"}
    params = evaluation_curves.Params(domain="prose")
    assert evaluation_curves.reading([first, second, third, fourth], params) == (
        "At the last evaluation, prose is lowest in replay, mean of 2 runs (2.50) and highest in none, mean of 2 runs (2.80)."
    )
    assert evaluation_curves.reading([first, second], params) == (
        "At the last evaluation, prose is between 2.00 and 3.00 in 2 runs, 2.50 in their mean."
    )
    assert "seed 0" not in loss_curves.reading([first, second, third, fourth], loss_curves.Params())
    assert " in 2 runs, " in loss_curves.reading([first, second], loss_curves.Params())


def test_the_agreement_grid_counts_every_sample_and_its_line_is_the_columns_median():
    figure = agreement.figure([AGREEMENT], agreement.Params())
    cells, line = figure["data"]
    assert sum(n or 0 for row in cells["z"] for n in row) == 1000
    assert sum(row[-1] for row in agreement.table([AGREEMENT], agreement.Params())["rows"]) == 1000
    assert cells["meta"]["side"] == len(cells["x"]) == len(cells["z"]) == 10
    assert line["x"][0] == 5 and line["y"][0] < 20 and line["y"][-1] > 80
    assert len(agreement.figure([AGREEMENT], agreement.Params(middle=False))["data"]) == 1


@pytest.mark.parametrize(
    ("other", "sense", "said"),
    [
        (RISING, 1, "put them in almost the same order."),
        (RISING[::-1], -1, "almost opposite orders, which is agreement: they point in opposite directions."),
        (RISING[::-1], 1, "almost opposite orders, though higher means the same of both."),
        (RISING, -1, "almost the same order, against what they mean."),
        (RISING[::-1], 0, "put them in almost opposite orders."),
        (np.full(1000, 50.0), 0, "one of them puts the 1,000 samples in no order."),
        (np.abs(RISING - 50), 1, "put them in orders that have little to do with each other."),
    ],
)
def test_agreement_is_said_with_what_the_sign_means(other, sense, said):
    record = {"agreement": agreement.grid_of(RISING, other, names=("length", "perplexity"), sense=sense)}
    assert agreement.reading([record], agreement.Params()).endswith(said)


def test_the_marks_of_a_gap_are_those_of_the_last_weights_alone():
    plain = {"eval/heldout/code/loss": line([0, 100, 200, 300], [4.0, 4.5, 4.2, 3.9])}
    averaged = {"eval_averaged/heldout/code/loss": line([300], [3.8])}
    record = {"id": "0", "name": "One", "group": "One", "phases": [], "shifts": [0]}
    asked = evaluation_curves.Params(domain="code", gaps=True)

    def marks(series):
        drawn = evaluation_curves.figure([record | {"series": series}], asked)["data"]
        return [(one["name"], one["x"], one["y"]) for one in drawn if one.get("legendgroup")]

    assert marks(plain | averaged) == marks(plain) != []

"""Columns, conditions and groups: any setting, and any metric's last, best or value at a place, all in the address."""

import math

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.metrics import services as metrics
from apps.metrics.models import Series
from apps.runs import marks
from apps.runs.columns import column_of
from apps.runs.groups import spread_of
from apps.runs.models import Run
from apps.runs.setting_values import defaults
from tests.apps.runs.builders import measure, run_of

PEAK, SIZE = "set:recipe.schedules.0.peak", "set:recipe.batch_size"
ORDER = "set:curriculum.phases.0.streams.0.ordering.method"


@pytest.fixture
def runs(project, alice):
    made = [
        run_of(
            project, alice, "First", losses={"code": [3.0, 2.0, 2.5], "prose": [3.0, 4.0]}, peak=1e-3, train_points=3
        ),
        run_of(project, alice, "Second", losses={"code": [3.0, 2.2]}, seed=1, peak=2e-3, train_points=3),
        run_of(project, alice, "Third", losses={}, seed=2, peak=1e-3, train_points=3),
    ]
    metrics.append(run=made[0], batch={"eval/heldout/code/accuracy": ([0, 1], [0, 100], [0.0, 1.0], [0.75, 0.5])})
    metrics.append(run=made[1], batch={"eval/heldout/code/accuracy": ([0, 1], [0, 100], [0.0, 1.0], [0.25, 0.6])})
    Run.objects.filter(name="Third").update(recipe=made[2].recipe | {"batch_size": 32, "loss_on": "answers"})
    return made


def page_of(client, project, **query):
    return client.get(reverse("runs:list", args=[project.pk]), query).context["page"]


def names(client, project, **query) -> list[str]:
    return [line.run.name for line in page_of(client, project, **query)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("last:code", {"First": 2.5, "Second": 2.2, "Third": None}),
        ("best:code", {"First": 2.0, "Second": 2.2, "Third": None}),
        ("best:eval/heldout/code/accuracy", {"First": 0.75, "Second": 0.6, "Third": None}),
        ("at:code@step=1", {"First": 2.0, "Second": 2.2, "Third": None}),
        ("at:code@tokens=150", {"First": 2.0, "Second": None, "Third": None}),
        ("at:train/loss@step=0", {"First": 4.0, "Second": 4.0, "Third": 4.0}),
        (PEAK, {"First": 1e-3, "Second": 2e-3, "Third": 1e-3}),
        (SIZE, {"First": 16, "Second": 16, "Third": 32}),
        ("set:recipe.loss_on", {"First": "everything", "Second": "everything", "Third": "answers"}),
        (ORDER, {"First": "shuffle", "Second": "shuffle", "Third": "shuffle"}),
        ("set:recipe.nothing.of.the.kind", {"First": None, "Second": None, "Third": None}),
    ],
)
def test_any_setting_and_any_metric_is_a_column(signed_in, project, alice, runs, key, expected):
    lines = page_of(signed_in(alice), project, columns=[key])
    assert {line.run.name: line.values[key] for line in lines} == expected


def test_columns_stand_in_the_order_of_the_address(signed_in, project, alice, runs):
    answer = signed_in(alice).get(reverse("runs:list", args=[project.pk]), {"columns": ["seed", PEAK, "state"]})
    assert [column.key for column in answer.context["state"].columns] == ["seed", PEAK, "state"]
    assert "Schedule 1 peak" in answer.content.decode()


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("last:code", ["Second", "First", "Third"]),
        ("-best:eval/heldout/code/accuracy", ["First", "Second", "Third"]),
        ("at:code@tokens=100", ["First", "Second", "Third"]),
        ("-at:code@step=1", ["Second", "First", "Third"]),
        (f"-{PEAK}", ["Second", "Third", "First"]),
        (f"-{SIZE}", ["Third", "Second", "First"]),
        ("set:recipe.loss_on", ["Third", "Second", "First"]),
    ],
)
def test_any_column_sorts_and_what_has_no_value_comes_last(signed_in, project, alice, runs, sort, expected):
    assert names(signed_in(alice), project, sort=sort) == expected


@pytest.mark.parametrize(
    ("column", "condition", "expected"),
    [
        ("last:code", "< 2.4", ["Second"]),
        ("last:code", ">= 2.2", ["First", "Second"]),
        ("last:code", "!= 2.5", ["Second"]),
        ("best:eval/heldout/code/accuracy", "> 0.7", ["First"]),
        ("at:code@tokens=100", "<2.1", ["First"]),
        (PEAK, "0.001", ["First", "Third"]),
        (PEAK, "> 1e-3", ["Second"]),
        (SIZE, "= 16", ["First", "Second"]),
        (SIZE, "< 20", ["First", "Second"]),
        (SIZE, "!= 16", ["Third"]),
        ("set:recipe.loss_on", "Answers", ["Third"]),
        ("set:recipe.loss_on", "!= answers", ["First", "Second"]),
        ("set:recipe.compile", "no", ["First", "Second", "Third"]),
        ("set:recipe.unheard", "none", ["First", "Second", "Third"]),
        (ORDER, "saw", []),
        ("seed", "> 0", ["Second", "Third"]),
        ("last:code", "  ", ["First", "Second", "Third"]),
    ],
)
def test_a_condition_keeps_the_runs_whose_value_meets_it(signed_in, project, alice, runs, column, condition, expected):
    assert names(signed_in(alice), project, sort="name", **{f"where:{column}": condition}) == expected


def test_conditions_add_up_and_what_is_none_is_said(signed_in, project, alice, runs):
    client, two = signed_in(alice), {"where:last:code": "> 2", f"where:{PEAK}": "0.001"}
    assert names(client, project, **two) == ["First"]
    answer = client.get(reverse("runs:list", args=[project.pk]), two | {"where:best:code": "less than two"})
    text = answer.content.decode()
    assert "“less than two” is no condition on code, best: write a number" in text
    assert [line.run.name for line in answer.context["page"]] == ["First"]
    away = [address for condition, address in answer.context["conditions"] if condition.column.key == PEAK]
    assert "peak" not in away[0] and "last%3Acode" in away[0]
    assert (
        "take a condition away"
        in client.get(reverse("runs:list", args=[project.pk]), {"where:last:code": "< 0"}).content.decode()
    )


@pytest.mark.parametrize(
    "key", ["", "set:", "set:secret.x", "set:recipe", "set:recipe..x", "at:code", "at:code@step=x", "last:", "x" * 300]
)
def test_what_names_no_column_is_left_out(key):
    assert column_of(key) is None


def test_a_recipe_of_another_trainer_has_no_defaults_of_ours(signed_in, project, alice, runs):
    from apps.jobs.models import ELSEWHERE

    runs[0].job.__class__.objects.filter(pk=runs[0].job_id).update(kind=ELSEWHERE)
    lines = page_of(signed_in(alice), project, columns=["set:recipe.loss_on"], sort="set:recipe.loss_on")
    assert [(line.run.name, line.values["set:recipe.loss_on"]) for line in lines][-1] == ("First", None)
    assert defaults()["recipe.batch_size"] == 16


def groups(client, project, **query):
    return [([run.name for run in group.runs], group.spreads) for group in page_of(client, project, **query)]


def test_runs_are_grouped_by_curriculum_base_or_any_setting(signed_in, project, alice, runs):
    client, losses = signed_in(alice), ["last:code"]
    found = groups(client, project, group=PEAK, columns=losses, sort="last:code")
    assert [run_names for run_names, _ in found] == [["Second"], ["First", "Third"]]
    assert found[1][1]["last:code"].runs == 1
    run_of(project, alice, "Other", phases=(("other", 400),), losses={"code": [1.0]})
    assert [n for n, _ in groups(client, project, group="curriculum")] == [["Other"], ["First", "Second", "Third"]]
    assert [n for n, _ in groups(client, project, group="base")] == [["First", "Other", "Second", "Third"]]
    marks.pin_baseline(run=runs[0], pinned=True)
    assert groups(client, project, group="curriculum", sort="last:code")[0][0] == ["First", "Second", "Third"]


@pytest.mark.parametrize(
    ("band", "low", "high"), [("range", 2.0, 4.0), ("deviation", 2.0, 4.0), ("interval", 0.5158622, 5.4841377)]
)
def test_a_band_is_what_its_name_says(band, low, high):
    spread = spread_of(3.0, 2.0, 4.0, 1.0, 3, band)
    assert (spread.mean, spread.runs) == (3.0, 3)
    assert (spread.low, spread.high) == pytest.approx((low, high))


def test_values_at_a_place_are_grouped_and_sorted_by_too(signed_in, project, alice, runs):
    client, key = signed_in(alice), "at:code@step=1"
    run_of(project, alice, "Fourth", peak=2e-3, losses={"code": [3.0, 1.0]}, seed=4)
    found = groups(client, project, group=PEAK, columns=[key], sort=key, band="deviation")
    assert [run_names for run_names, _ in found] == [["Second", "Fourth"], ["First", "Third"]]
    kept = groups(client, project, group="seeds", columns=[key], **{f"where:{key}": "< 2.1"})
    assert sorted(run_names for run_names, _ in kept) == [["First"], ["Fourth"]]
    spread = found[0][1][key]
    assert (spread.mean, spread.low, spread.high, spread.runs) == pytest.approx(
        (1.6, 1.6 - 0.72**0.5, 1.6 + 0.72**0.5, 2)
    )


def test_the_band_is_named_and_one_run_has_none(signed_in, project, alice, runs):
    answer = signed_in(alice).get(reverse("runs:list", args=[project.pk]), {"group": "seeds", "band": "interval"})
    text = answer.content.decode()
    assert "95 % interval of the mean" in text and "one run" in text


def test_queries_grow_neither_with_runs_nor_with_groups(signed_in, project, alice, runs, django_assert_num_queries):
    client, page = signed_in(alice), reverse("runs:list", args=[project.pk])
    line = {
        "columns": ["last:code", "at:code@step=1", PEAK],
        "sort": PEAK,
        "where:last:code": "> 0",
        f"where:{SIZE}": "16",
    }
    for query in (line, {"columns": ["last:code", "best:prose"], "group": PEAK}):
        client.get(page, query)
        with CaptureQueriesContext(connection) as queries:
            client.get(page, query)
        for number in range(3):
            run_of(project, alice, f"More {number}", peak=1e-4 * (number + 1))
        with django_assert_num_queries(len(queries)):
            client.get(page, query)


def columns_of(client, project, **query):
    return client.get(reverse("runs:columns", args=[project.pk]), query)


def test_the_form_moves_adds_and_takes_away(signed_in, project, alice, runs):
    client, three = signed_in(alice), ["seed", PEAK, "state"]

    def after(act, **query):
        answer = columns_of(client, project, columns=three, act=act, **query)
        return [column.key for column, _ in answer.context["columns"]]

    assert after(f"up:{PEAK}") == [PEAK, "seed", "state"]
    assert after(f"down:{PEAK}") == ["seed", "state", PEAK]
    assert after("up:seed") == three
    assert after("drop:seed") == [PEAK, "state"]
    assert after("add", more=SIZE) == [*three, SIZE]
    assert after("add", metric="train/loss", measure="tokens", place="4,000") == [*three, "at:train/loss@tokens=4000"]
    assert after("add", metric="train/loss", measure="best") == [*three, "best:train/loss"]
    wrong = columns_of(client, project, columns=three, act="add", metric="train/loss", measure="step", place="soon")
    assert "needs a whole number" in wrong.content.decode()


def test_the_form_offers_every_setting_and_metric_and_keeps_the_rest(signed_in, project, alice, runs, htmx):
    query = {"q": "Fi", "where:last:code": "< 9", "columns": ["seed"]}
    answer = columns_of(signed_in(alice), project, **query)
    offered = {key for _, choices in answer.context["choices"] for key, _ in choices}
    assert {PEAK, SIZE, ORDER, "set:recipe.loss_on", "state"} <= offered
    assert not any("dataset" in key or "tokenizer" in key for key in offered)
    assert ("train/loss", "train/loss") in answer.context["metrics"]
    text = answer.content.decode()
    assert '<input type="hidden" name="where:last:code" value="&lt; 9">' in text and 'name="q" value="Fi"' in text
    piece = signed_in(alice).get(reverse("runs:columns", args=[project.pk]), query, headers=htmx).content.decode()
    assert piece.lstrip().startswith("<form")
    back = reverse("runs:list", args=[project.pk])
    assert f'href="{back}" data-close>Cancel</a>' in text and f'href="{back}" data-close' in piece


def test_values_follow_what_is_measured_later(signed_in, project, alice, runs):
    measure(runs[2], {"code": [0.5]}, train_points=1)
    assert names(signed_in(alice), project, sort="last:code")[0] == "Third"


def test_metrics_that_no_list_can_hold_are_counted_and_found_by_words(signed_in, project, alice, runs, monkeypatch):
    client, text = signed_in(alice), lambda answer: answer.content.decode()
    assert 'name="find"' not in text(columns_of(client, project))
    monkeypatch.setattr("apps.runs.column_form.CHOICES", 3)
    monkeypatch.setattr("apps.runs.column_form.SEEN_AT_ONCE", 3)
    answer = columns_of(client, project)
    known = len(set(Series.objects.values_list("name", flat=True)))
    assert len(answer.context["metrics"]) == 3
    assert f"The first 3 of {known}: find others by their names." in text(answer)
    answer = columns_of(client, project, find="CODE  acc")
    assert answer.context["metrics"] == [("eval/heldout/code/accuracy", "code accuracy")]
    assert "1 found." in text(answer)
    assert "0 found." in text(columns_of(client, project, find="nothing of the kind"))


@pytest.mark.parametrize("band", ["range", "deviation", "interval"])
def test_a_value_whose_square_is_no_number_is_shown_beside_others(signed_in, project, alice, runs, band):
    metrics.append(run=runs[0], batch={"train/loss": ([50], [500], [2000.0], [-1e200])})
    query = {"group": "curriculum", "band": band, "columns": ["last:train/loss"], "sort": "last:train/loss"}
    answer = signed_in(alice).get(reverse("runs:list", args=[project.pk]), query)
    (group,) = answer.context["page"]
    assert (group.spreads["last:train/loss"].mean, group.spreads["last:train/loss"].runs) == (-math.inf, 3)
    text = answer.content.decode()
    assert "\N{MINUS SIGN}∞" in text
    assert ("\N{MINUS SIGN}1e+200 to 3.333" if band == "range" else "— to —") in text

"""Settings that other trainers send and addresses that nobody writes by hand: the table shows, sorts and keeps by the same values."""

import pytest
from django.urls import reverse

from apps.runs import saved_views
from apps.runs.columns import column_of
from apps.runs.groups import title_of
from apps.runs.models import Run
from apps.runs.setting_values import leaves
from tests.apps.runs.builders import run_of

SETTINGS = {
    "First": {"odd": None, "list": [1, 2], "name": "A", "decay": 0},
    "Second": {"odd": 10**400, "list": [3], "name": "a", "decay": 0.0},
    "Third": {"odd": 5, "list": [1], "name": "A", "decay": 1},
}


@pytest.fixture
def runs(project, alice):
    made = [run_of(project, alice, name, seed=seed, losses={}) for seed, name in enumerate(SETTINGS)]
    for run in made:
        Run.objects.filter(pk=run.pk).update(recipe=run.recipe | SETTINGS[run.name])
    return made


@pytest.fixture
def look(signed_in, project, alice):
    def look(**query):
        return signed_in(alice).get(reverse("runs:list", args=[project.pk]), query)

    return look


def names(answer) -> list[str]:
    return [line.run.name for line in answer.context["page"]]


@pytest.mark.parametrize("sort", ["set:recipe.odd", "-set:recipe.odd"])
def test_a_setting_that_is_null_has_no_value(look, runs, sort):
    assert names(look(sort=sort))[-1] == "First"
    assert names(look(**{"where:set:recipe.odd": "none"})) == ["First"]


@pytest.mark.parametrize(
    ("key", "condition", "expected"),
    [
        ("set:recipe.odd", "> 1", ["Third"]),
        ("set:recipe.list", "= 1", []),
        ("set:recipe.list.0", "= 1", ["First", "Third"]),
        ("seed", "= 1.5", []),
        ("seed", "> -0.5", ["First", "Second", "Third"]),
        ("seed", "< 1e300", ["First", "Second", "Third"]),
    ],
)
def test_a_condition_is_on_numbers_that_are_ones(look, runs, key, condition, expected):
    assert names(look(sort="name", **{f"where:{key}": condition})) == expected


def test_groups_of_a_setting_are_its_values_as_they_are(look, runs):
    def grouped(key):
        answer = look(group=key)
        state = answer.context["state"]
        return {title_of(group, state): sorted(run.name for run in group.runs) for group in answer.context["page"]}

    assert grouped("set:recipe.name") == {"Name: A": ["First", "Third"], "Name: a": ["Second"]}
    assert sorted(grouped("set:recipe.decay").values()) == [["First", "Second"], ["Third"]]
    assert grouped("set:recipe.unheard") == {"Unheard: not said": ["First", "Second", "Third"]}
    assert "Odd: not said" in grouped("set:recipe.odd")


@pytest.mark.parametrize(
    "path", ["schedules.\N{SUPERSCRIPT TWO}", "list.\N{SUPERSCRIPT TWO}", "list.-1", "9" * 30, "list.1234567890"]
)
def test_a_place_that_no_list_has_is_no_error(look, runs, path):
    key = f"set:recipe.{path}"
    answer = look(columns=[key], sort=key)
    assert answer.status_code == 200
    assert all(line.values.get(key) is None for line in answer.context["page"])


def test_settings_as_deep_as_one_likes_offer_those_that_a_column_can_name():
    deep = node = {"near": 1}
    for _ in range(5000):
        node["x"] = node = {}
    node["end"] = 1
    assert [path for path in leaves(deep, "recipe") if column_of(f"set:{path}")] == ["recipe.near"]


def test_the_last_condition_of_a_default_view_can_be_taken_away(look, project, alice, runs):
    saved_views.save(project=project, name="One", query="where:seed=1", is_default=True, by=alice)
    [(_, away)] = look(**{"where:seed": "1"}).context["conditions"]
    assert away == "?view=all"

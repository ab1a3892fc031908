"""Asking for runs in the browser."""

import copy

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.curricula import services as curricula
from apps.curricula.choices import choices_of
from apps.curricula.preview import preview_of
from apps.jobs.models import Job
from apps.runs import forecast
from apps.runs.forms import seeds_of
from apps.runs.models import Run
from gradatim import specs
from gradatim.errors import UserError
from tests.apps import factories


@pytest.fixture
def phased(data, alice):
    return factories.phased_curriculum(data, alice)


@pytest.fixture
def page(data):
    return reverse("runs:new", args=[data.project.pk])


def sent(answer) -> dict:
    """What a browser would send of a page's form."""
    form = answer.context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value not in (None, False)} | {
        "drawn_for": str(answer.context["version"].pk)
    }


def test_a_form_that_is_sent_as_it_stands_queues_a_run_with_the_recipes_defaults(signed_in, page, phased, bob):
    client = signed_in(bob)
    posted = sent(client.get(page))
    answer = client.post(page, posted, follow=True)
    run = Run.objects.get()
    assert answer.redirect_chain[0][0] == reverse("runs:detail", args=[run.pk])
    assert (run.version, run.seed, run.job.created_by) == (phased, 0, bob)
    assert len(run.recipe["schedules"]) == 2
    recipe = specs.parse(specs.Recipe, run.recipe)
    assert recipe.model.preset == "llama-1m"
    assert recipe.evaluation == specs.Evaluation()
    assert {v.dataset.name for v in run.evaluated_on.all()} == {"Language reference", "Standard library code"}


def test_several_seeds_make_several_runs_or_none(signed_in, page, phased, alice):
    client = signed_in(alice)
    posted = sent(client.get(page)) | {"seeds": "0, 2-3", "name": "Replay", "tags": "replay, first try"}
    answer = client.post(page, posted)
    assert answer.url == reverse("runs:list", args=[phased.curriculum.project_id]) + "?q=Replay"
    assert [(run.name, run.seed) for run in Run.objects.all()] == [(f"Replay, seed {n}", n) for n in (0, 2, 3)]
    assert Run.objects.first().tags == ["replay", "first try"]
    before = Job.objects.count()
    client.post(page, posted | {"seeds": "4-5", "tags": "x" * 41})
    assert (Run.objects.count(), Job.objects.count()) == (3, before)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("schedules.1.peak", "-1", "greater than 0"),
        ("schedules.0.floor", "5", "floor is above the peak"),
        ("batch_size", "0", "greater than or equal to 1"),
        ("checkpoint_every", "9007199254740992", "less than or equal to 9007199254740991"),
        ("optimizer.beta1", "1", "less than 1"),
        ("evaluation.every", "often", "whole number"),
        ("seeds", "1-", "whole numbers"),
        ("model", "preset:huge", "Select a valid choice"),
        ("measured", "", "required"),
        ("tags", ",".join("abcdefghijklmnopqrstuvwxyz"), "at most 20 tags"),
        ("name", "", "required"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(signed_in, page, phased, alice, name, value, sentence):
    client = signed_in(alice)
    posted = sent(client.get(page)) | {"notes": "What I wrote", name: value}
    posted = {key: text for key, text in posted.items() if text != ""}
    answer = client.post(page, posted)
    form = answer.context["form"]
    assert [sentence in text for text in form.errors[name]] == [True]
    assert list(form.errors) == [name]
    text = answer.content.decode()
    assert "What I wrote" in text
    assert "Nothing is queued yet" in text
    assert f'<a href="#{form[name].auto_id}">' in text
    assert text.count(f'id="{form[name].auto_id}"') == 1
    assert not Run.objects.exists()


def test_the_forecast_follows_what_is_typed_and_writes_nothing(signed_in, page, phased, alice, htmx):
    client = signed_in(alice)
    posted = sent(client.get(page)) | {"batch_size": "4", "context": "64", "seeds": "0-2", "update": "forecast"}
    found = client.post(page, posted).context["forecast"]
    assert [(p.steps, p.tokens) for p in found.phases] == [(93, 93 * 256)] * 2
    assert (found.runs, found.seconds) == (3, None)
    text = client.post(page, posted, headers=htmx).content.decode()
    assert not Run.objects.exists()
    assert text.lstrip().startswith('<div id="forecast"')
    assert "No measurement yet on this installation" in text
    wrong = client.post(page, posted | {"schedules.0.peak": "much"}, headers=htmx).content.decode()
    assert "Peak learning rate, phase 1." in wrong


def test_minutes_come_from_finished_runs_of_the_same_size(signed_in, study, alice):
    client = signed_in(alice)
    page = reverse("runs:new", args=[study.project.pk])
    found = client.get(page, {"clone": study.base.pk}).context["forecast"]
    assert found.speed.alike
    assert found.speed.runs == 4
    assert found.speed.tokens_per_second == pytest.approx(120 * 256 / 480)
    assert found.seconds == pytest.approx(93 * 256 / (120 * 256 / 480))


def test_another_curriculum_brings_its_phases_and_its_data(signed_in, page, phased, data, alice, htmx):
    alone = factories.phase("main", {"code": data.code}, {"code": 1})
    alone = factories.curriculum(data.project, alice, "Code alone", data.tokenizer, [alone])
    client = signed_in(alice)
    posted = sent(client.get(page, {"version": alone.pk}))
    assert posted["name"] == "Code alone"
    posted |= {"schedules.0.peak": "2e-3", "seeds": "7", "update": "form", "version": str(phased.pk)}
    form = client.post(page, posted).context["form"]
    assert form["schedules.1.peak"].value() == "2e-3"
    assert form["seeds"].value() == "7"
    assert form["name"].value() == "Prose, then code with replay"
    assert set(form["measured"].value()) == {str(data.prose.pk), str(data.code.pk)}
    assert not form.is_bound
    assert client.post(page, posted, headers=htmx).content.decode().lstrip().startswith("<form")


def test_a_clone_differs_in_what_was_changed_alone(signed_in, study, alice):
    client = signed_in(alice)
    page = reverse("runs:new", args=[study.project.pk])
    arm = study.arms[0]
    answer = client.get(page, {"clone": arm.pk})
    assert f"run:{arm.base_id}" == answer.context["form"]["model"].value()
    client.post(page, sent(answer) | {"schedules.0.peak": "1e-3", "name": "Gentler"})
    made = Run.objects.get(name="Gentler")
    assert (made.version, made.base, made.seed) == (arm.version, arm.base, arm.seed)
    before, after = (specs.parse(specs.Recipe, r.recipe | {"model": {"preset": "x"}}) for r in (arm, made))
    assert after.model_copy(update={"schedules": before.schedules}) == before
    assert after.schedules[0].peak == 1e-3


def test_a_schedule_of_another_shape_is_in_the_recipe_with_what_it_looks_at_alone(signed_in, page, phased, alice):
    client = signed_in(alice)
    shapes = {
        "schedules.0.shape": "wsd",
        "schedules.0.tail": "1-sqrt",
        "schedules.0.phi": "5",
        "schedules.1.shape": "uba",
        "schedules.1.phi": "0.5",
        "schedules.1.optimizer": "fresh",
    }
    client.post(page, sent(client.get(page)) | shapes)
    first, second = Run.objects.get().recipe["schedules"]
    plain = {"peak": 3e-3, "floor": 0, "warmup": 0.02, "decay": 0.2}
    assert first == plain | {"shape": "wsd", "tail": "1-sqrt"}
    assert second == plain | {"shape": "uba", "phi": 0.5, "optimizer": "fresh"}
    told = client.get(reverse("runs:detail", args=[Run.objects.get().pk])).content.decode()
    assert "Warm-up, stable, decay, peak 0.003" in told and "1 − square root" in told
    again = client.get(page, {"clone": Run.objects.get().pk}).context["form"]
    assert (again["schedules.0.tail"].value(), again["schedules.1.phi"].value()) == ("1-sqrt", "0.5")


def test_the_rates_are_drawn_and_told_phase_by_phase(signed_in, page, phased, alice):
    client = signed_in(alice)
    typed = sent(client.get(page)) | {"update": "forecast", "batch_size": "4", "context": "64"}
    answer = client.post(page, typed | {"schedules.0.floor": "1e-3", "schedules.1.start": "continued"})
    rates = answer.context["rates"]
    assert rates.said == [
        "prose-first: up to 0.003, ends at 0.00203.",
        "shift: goes on with the phase before, ends at 0.001.",
    ]
    places = [tuple(map(float, point.split(","))) for point in rates.points.split()]
    assert (places[0][0], places[-1][0]) == (0, rates.width)
    assert min(y for _, y in places) == 6
    assert all(a <= b for (a, _), (b, _) in zip(places, places[1:], strict=False))
    assert rates.points in answer.content.decode()
    mixed = answer.context["mixed"]
    assert [(band.name, band.color) for band in mixed.bands] == [("prose", 1), ("code", 2)]
    assert mixed.said == "prose-first: prose 100.0 %. shift: prose 25.0 %, code 75.0 %."
    assert mixed.bands[0].path == "M0.0,0.0H160.0V28.0H0.0ZM160.0,0.0H320.0V7.0H160.0Z"


def test_presets_stay_constant_or_decay_gently_and_a_phase_that_goes_on_asks_the_one_before(
    signed_in, page, phased, alice
):
    client = signed_in(alice)
    typed = sent(client.get(page)) | {"schedules.1.start": "continued"}
    form = client.post(page, typed | {"update": "constant:1"}).context["form"]
    assert [form[f"schedules.{i}.shape"].value() for i in (0, 1)] == ["constant", "cosine"]
    typed["schedules.0.shape"] = "constant"
    form = client.post(page, typed | {"update": "gentle:1"}).context["form"]
    assert (form["schedules.0.shape"].value(), form["schedules.0.floor"].value()) == ("cosine", "0.001")
    assert form["schedules.1.floor"].value() == "0"


def test_a_tail_that_cannot_reach_its_floor_is_refused_there(signed_in, page, phased, alice):
    client = signed_in(alice)
    typed = sent(client.get(page)) | {"schedules.1.shape": "wsd", "schedules.1.tail": "exponential"}
    form = client.post(page, typed).context["form"]
    assert list(form.errors) == ["schedules.1.floor"]
    assert "never reaches 0" in form.errors["schedules.1.floor"][0]


def test_viewers_are_refused_in_words_and_strangers_find_nothing(signed_in, page, phased, vera, charlie):
    answer = signed_in(vera).get(page)
    assert answer.status_code == 403
    assert "viewer" in answer.content.decode()
    assert signed_in(vera).post(page, {"version": phased.pk}).status_code == 403
    assert signed_in(charlie).get(page).status_code == 404


def test_without_a_curriculum_the_page_leads_to_where_there_are_some(signed_in, project, alice):
    text = signed_in(alice).get(reverse("runs:new", args=[project.pk])).content.decode()
    assert reverse("curricula:list", args=[project.pk]) in text


def test_runs_of_another_project_are_no_model_to_start_from(signed_in, study, alice):
    other = factories.data(by=alice, samples=40)
    factories.mixed_curriculum(other, alice)
    client = signed_in(alice)
    page = reverse("runs:new", args=[other.project.pk])
    assert client.get(page, {"clone": study.base.pk}).status_code == 404
    answer = client.post(page, sent(client.get(page)) | {"model": f"run:{study.base.pk}"})
    assert "model" in answer.context["form"].errors


@pytest.mark.parametrize(("text", "seeds"), [("0", [0]), ("0, 1,2", [0, 1, 2]), ("3-5 3", [3, 4, 5]), ("0–1", [0, 1])])
def test_seeds_are_read(text, seeds):
    assert seeds_of(text) == seeds


@pytest.mark.parametrize("text", ["", "-1", "1.5", "5-3", "0-99", "a", "99999999999999999999", "0-19, 30"])
def test_what_is_no_seed_is_refused(text):
    with pytest.raises(UserError) as refused:
        seeds_of(text)
    assert refused.value.field == "seeds"


@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 200), st.integers(1, 90))
def test_evaluations_are_counted_as_the_trainer_makes_them(steps, dense_every, dense_until, every):
    cadence = specs.Evaluation(dense_every=dense_every, dense_until=dense_until, every=every)
    due = [s % (dense_every if s <= dense_until else every) == 0 or s == steps for s in range(1, steps + 1)]
    assert forecast.evaluations_of(steps, cadence) == sum(due)


def test_a_phase_that_a_stream_ends_is_forecast_as_long_as_it_lasts(signed_in, page, phased, alice):
    draft = copy.deepcopy(phased.draft)
    draft["phases"][1]["tokens"] = 200_000
    draft["phases"][1]["streams"][0]["exhausted"] = "stop"
    version = curricula.create_version(curriculum=phased.curriculum, draft=draft, by=alice)
    answer = signed_in(alice).get(page, {"version": version.pk})
    (_, shift) = preview_of(draft, choices_of(phased.curriculum.project), drawn=False).phases
    assert shift.short > 50_000
    lasting = answer.context["forecast"].phases[1]
    assert lasting.steps == (200_000 - round(shift.short)) // (16 * 128)
    assert "the phase ends there" in answer.content.decode()


def test_what_a_curriculum_repeats_is_told_before_it_is_trained(signed_in, page, phased, alice, data):
    assert signed_in(alice).get(page, {"version": phased.pk}).context["said"] == ()
    draft = copy.deepcopy(phased.draft)
    draft["phases"][1]["tokens"] = 2_000_000
    version = curricula.create_version(curriculum=phased.curriculum, draft=draft, by=alice)
    answer = signed_in(alice).get(page, {"version": version.pk})
    assert "Stream code of phase shift repeats" in answer.content.decode()
    draft["phases"][1]["mixture"]["params"]["weights"] = {"prose": 1, "code": 0}
    other = curricula.create_version(curriculum=phased.curriculum, draft=draft, by=alice)
    (said,) = signed_in(alice).get(page, {"version": other.pk}).context["said"]
    assert said.startswith("Stream prose of phase shift repeats")
    type(data.code).objects.filter(pk=data.code.pk).update(artifact=None)
    assert signed_in(alice).get(page, {"version": version.pk}).context["said"] == ()

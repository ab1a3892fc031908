"""Guideline meters in the preview and of plans: the library's own numbers, on what the page says it was."""

import numpy as np
import pytest
from django.urls import reverse

from apps.common.templatetags.ui import score_name
from apps.curricula import meters, plan_meters, services
from apps.curricula.builder import Builder
from apps.curricula.choices import choices_of
from apps.curricula.gauges import gauges_of
from apps.curricula.preview import preview_of
from apps.curricula.typed import of_draft
from apps.scores.models import ScoreSet
from gradatim import preview as library
from gradatim.corpora.store import Dataset
from gradatim.meters import batches, measure
from gradatim.meters.plans import Source, of_plan
from gradatim.plans import Plan
from gradatim.types import Remark
from tests.apps import factories
from tests.apps.curricula.test_builder import fields

pytestmark = pytest.mark.django_db


def look(client, data, **changes) -> dict:
    return client.post(reverse("curricula:preview", args=[data.project.pk]), fields(data, **changes)).json()


@pytest.fixture
def plan(data, alice):
    version = factories.mixed_curriculum(data, alice)
    return factories.done(services.plan_version(version=version, seed=0, by=alice))


@pytest.mark.parametrize(
    ("typed", "size", "wrong"),
    [
        ("", 64, False),
        (None, 64, False),
        ("1,000", 1000, False),
        ("0", 64, True),
        ("x", 64, True),
        ("9" * 30, 64, True),
    ],
)
def test_a_batch_is_a_whole_number_of_samples_or_the_usual_one(typed, size, wrong):
    batch = meters.batch_of(typed)
    assert batch.size == size
    assert bool(batch.error) == wrong
    assert batch.typed == (typed or "64")


def test_the_preview_measures_the_first_pass_after_jitter_by_the_streams_scores(data, alice):
    version = factories.phased_curriculum(data, alice)
    found = preview_of(version.draft, choices_of(data.project), batch=16)
    stream = next(s for s in found.streams if s.meters and s.data.scores is not None)
    order = stream.view.order
    domains = stream.data.domain_codes[order]
    assert stream.meters == measure(stream.data.scores[order], batches.of_samples(len(order), 16), domains)
    assert preview_of(version.draft, choices_of(data.project), drawn=False).measured is False


def test_of_a_random_part_of_an_order_a_batch_is_the_same_part(data, alice, monkeypatch):
    draft = factories.phased_curriculum(data, alice).draft
    monkeypatch.setattr(library.stream_view, "__kwdefaults__", {**library.stream_view.__kwdefaults__, "drawn": 15})
    (row, *_) = [s for s in preview_of(draft, choices_of(data.project), batch=20).streams if s.meters]
    assert row.view.sampled
    share = len(row.view.order) / len(row.view.kept)
    assert row.meters.batches == -(-len(row.view.order) // max(1, round(20 * share)))


def test_the_page_shows_the_four_guidelines_and_on_what_they_were_measured(signed_in, alice, data):
    client = signed_in(alice)
    html = look(client, data)["html"]
    for gauge in ("Boundary sharpening", "Cyclic scheduling", "Curriculum continuity", "Local diversity"):
        assert gauge in html
    assert "by length, first pass" in html
    page = client.get(reverse("curricula:new", args=[data.project.pk])).content.decode()
    assert 'id="batch"' in page and 'value="64"' in page
    assert "they do not grade it" in page
    assert reverse("meters:explained") in page


def test_a_batch_that_is_none_is_told_at_its_field_and_the_usual_one_is_taken(signed_in, alice, data):
    client = signed_in(alice)
    answer = look(client, data, batch="many")
    assert {"id": "batch", "sentence": "A batch is a whole number of samples, from 1 to 1,000,000."}.items() <= next(
        problem for problem in answer["problems"] if problem["id"] == "batch"
    ).items()
    assert answer["html"] == look(client, data)["html"]
    assert answer["html"] != look(client, data, batch="8")["html"]


def test_a_batch_is_no_part_of_the_document(signed_in, alice, data):
    client = signed_in(alice)
    client.post(reverse("curricula:new", args=[data.project.pk]), fields(data, batch="8"))
    assert "batch" not in str(data.project.curricula.get().versions.get().draft)


def test_remarks_stand_at_their_fields_and_in_the_text(signed_in, alice, data):
    answer = look(signed_in(alice), data, **{"phases-0-streams-0-ordering-layers": "2"})
    (note,) = [note for note in answer["notes"] if "even number" in note["sentence"]]
    assert note["id"] == "id_phases-0-streams-0-ordering-layers"
    assert note["label"] == "Layers"
    assert "even number" in answer["html"]
    assert answer["problems"] == []


def test_a_remark_on_no_field_has_no_place(data, alice):
    draft = factories.mixed_curriculum(data, alice).draft
    page = Builder(of_draft(draft), choices_of(data.project), check=False, named=True)
    notes = page.notes([Remark("All is well.", "phases.0.nothing"), Remark("Scores!", "phases.0.streams.0.scores")])
    assert [note["id"] for note in notes] == ["", "id_phases-0-streams-0-scores"]


def test_gauges_say_numbers_a_scale_and_a_sentence():
    found = gauges_of(measure(np.arange(1000), batches.of_samples(1000, 10)))
    assert [gauge.value for gauge in found] == [
        "\N{MINUS SIGN}1.00 to +1.00",
        "1 leg, 0.00 back",
        "no jumps, 0.93",
        "0.01 of random",
    ]
    assert found[0].marks == pytest.approx((0, 1))
    assert all(0 <= gauge.level <= 1 for gauge in found[1:])
    assert [gauge.reading[-1] for gauge in found] == ["."] * 4
    one = gauges_of(measure(np.arange(10), batches.of_samples(10, 1)))[3]
    assert (one.value, one.level) == ("\N{EM DASH}", None)


def measured(plan, batch_size: int = 2, context: int = 128, **more):
    (found,) = plan_meters.measure_plans([(plan, batch_size, context)], project=plan.version.curriculum.project, **more)
    return found


def test_the_meters_of_a_plan_are_the_librarys_on_its_streams_scores(data, alice, plan):
    file = Plan(factories.store().get("plan", plan.artifact.digest).path)
    found = measured(plan)
    rows = {str(row.pk): row for row in (data.code, data.prose)}
    sources = []
    for stream in plan.version.draft["phases"][0]["streams"]:
        row = rows[stream["dataset"]]
        chosen = row.score_sets.filter(artifact__isnull=False).order_by("created_at").first()
        if not chosen:
            sources.append(None)
            continue
        folder = factories.store().get("dataset", row.artifact.digest).path
        values = np.load(factories.store().get("scores", chosen.artifact.digest).path / "scores.npy")
        sources.append(Source(chosen.artifact.digest, values, Dataset(folder).domain_codes(), Dataset(folder).domains))
    assert found.meters == of_plan(file, sources, batch_size=2, context=128)
    assert found.by and found.unscored == ["prose"]
    assert "Without scores, and so not counted: prose." in found.notes


def test_a_score_set_may_be_chosen_for_its_own_samples_alone(data, plan):
    other = data.code.score_sets.filter(artifact__isnull=False).order_by("created_at").last()
    assert measured(plan, score_set=other).by == [score_name(other)]
    assert measured(plan, score_set=other).meters != measured(plan).meters


def test_the_same_plan_is_measured_once(plan, monkeypatch):
    first = measured(plan, 3)
    monkeypatch.setattr(plan_meters, "of_plan", lambda *_, **__: pytest.fail("measured again"))
    assert measured(plan, 3).meters is first.meters


def test_a_plan_without_scores_says_which_dataset_lacks_them(signed_in, alice, plan):
    ScoreSet.objects.filter(version__dataset__project=plan.version.curriculum.project).delete()
    assert measured(plan).meters.overall is None
    page = signed_in(alice).get(reverse("meters:plan", args=[plan.pk]), {"batch": 2}).content.decode()
    assert "No sample of this plan has scores" in page
    assert reverse("scores:new", args=[plan.version.curriculum.project_id]) in page


def test_the_page_of_a_plans_meters_and_its_piece(signed_in, vera, plan):
    client, address = signed_in(vera), reverse("meters:plan", args=[plan.pk])
    page = client.get(address, {"batch": "2", "context": "128"}).content.decode()
    assert "<html" in page and "Local diversity" in page
    assert "batches of 2 × 128 tokens" in page
    piece = client.get(address, {"batch": "2"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in piece and "Local diversity" in piece


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"batch": "100000"}, "choose smaller batches"),
        ({"batch": "0"}, "greater than or equal to 1"),
        ({"batch": "x"}, "whole number"),
        ({"context": "3"}, "greater than or equal to 8"),
    ],
)
def test_a_batch_that_cannot_be_is_told_at_its_field(signed_in, vera, plan, query, said):
    answer = signed_in(vera).get(reverse("meters:plan", args=[plan.pk]), query)
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_many_plans_are_measured_with_as_many_queries_as_one(plan, django_assert_num_queries):
    project = plan.version.curriculum.project
    measured(plan)  # what belongs to the row itself is there
    for count in (1, 3):
        with django_assert_num_queries(2):
            plan_meters.measure_plans([(plan, 2, 128)] * count, project=project)


def test_the_page_of_a_version_fetches_the_meters_of_the_plan_that_is_drawn(signed_in, vera, plan):
    page = signed_in(vera).get(reverse("curricula:version", args=[plan.version_id])).content.decode()
    assert f'hx-get="{reverse("meters:plan", args=[plan.pk])}"' in page


def test_what_the_meters_measure_is_explained_to_whoever_is_signed_in(signed_in, charlie):
    page = signed_in(charlie).get(reverse("meters:explained")).content.decode()
    for word in ("Boundary sharpening", "Coverage", "Spearman", "do not grade"):
        assert word in page


def test_the_api_tells_the_meters_of_a_plan_in_any_batch(signed_in, vera, plan):
    client, address = signed_in(vera), reverse("api:plan-meters", args=[plan.pk])
    answer = client.get(address, {"batch": 2}).json()
    found = measured(plan)
    assert answer["overall"]["boundary"]["start"] == found.meters.overall.boundary.start
    assert answer["overall"]["samples"] == found.meters.scored
    assert set(answer["domains"]) == set(found.meters.domains)
    assert (answer["batch"], answer["context"], answer["unscored"]) == (2, 128, ["prose"])
    assert client.get(address, {"batch": 0}).status_code == 400
    refused = client.get(address, {"batch": 100_000})
    assert refused.status_code == 400 and refused.json()["field"] == "batch"


def test_the_api_takes_a_score_set_of_the_project_alone(signed_in, vera, data, plan):
    client, address = signed_in(vera), reverse("api:plan-meters", args=[plan.pk])
    other = data.code.score_sets.filter(artifact__isnull=False).order_by("created_at").last()
    assert client.get(address, {"batch": 2, "scores": str(other.pk)}).json()["by"] == [score_name(other)]
    assert client.get(address, {"batch": 2, "scores": str(plan.pk)}).status_code == 400


def test_a_plan_that_is_not_resolved_has_no_meters_yet(signed_in, vera, alice, data):
    version = factories.mixed_curriculum(data, alice)
    waiting = services.plan_version(version=version, seed=5, by=alice)
    answer = signed_in(vera).get(reverse("api:plan-meters", args=[waiting.pk]))
    assert answer.status_code == 400
    assert "not resolved yet" in answer.json()["detail"]


def test_the_api_previews_meters_and_remarks(signed_in, alice, data):
    draft = factories.phased_curriculum(data, alice).draft
    places = [(i, j) for i, phase in enumerate(draft["phases"]) for j, _ in enumerate(phase["streams"])]
    i, j = next((i, j) for i, j in places if draft["phases"][i]["streams"][j].get("scores"))
    draft["phases"][i]["streams"][j]["ordering"] = {"method": "saw", "params": {"layers": 2}}
    address = reverse("api:curriculum-preview", args=[data.project.pk])
    answer = signed_in(alice).post(address, {"draft": draft, "batch": 8}, content_type="application/json").json()
    found = answer["phases"][i]["streams"][j]
    assert found["meters"]["batches"] > found["meters"]["looks"]
    assert found["meters"]["diversity"]["reading"]
    assert [remark["field"] for remark in found["remarks"]] == [f"phases.{i}.streams.{j}.ordering.params.layers"]

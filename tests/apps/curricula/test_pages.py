import json

import pytest
from django.urls import reverse

from apps.curricula import plan_shares, selectors
from apps.curricula.models import CurriculumVersion
from gradatim import specs, yaml_text
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(data, alice):
    """The data with two curricula, the phased one planned under seed 0."""
    data.mixed, data.phased = factories.mixed_curriculum(data, alice), factories.phased_curriculum(data, alice)
    factories.done(factories.curricula.plan_version(version=data.phased, seed=0, by=alice))
    return data


def test_a_version_is_told_in_words(signed_in, vera, study):
    page = signed_in(vera).get(reverse("curricula:version", args=[study.phased.pk])).content.decode()
    for part in (
        "prose-first",
        "shift",
        "SAW",
        "Sections <b>3</b>",
        "Top share",
        "Ratio <b>0.8</b>",
        "75.0 %",
        "25.0 %",
    ):
        assert part in page
    assert "jitter window of 4" in page
    assert study.phased.digest in page
    assert "No run uses this version yet." in page


def test_planned_shares_of_a_phase_sum_to_one_and_tokens_to_its_budget(study):
    for phase in selectors.described(study.phased)["phases"]:
        assert sum(stream["share"] for stream in phase["streams"]) == pytest.approx(1)
        assert sum(stream["tokens"] for stream in phase["streams"]) == pytest.approx(phase["tokens"])


def test_the_exported_yaml_gives_the_same_digest_when_it_is_read(signed_in, alice, study):
    answer = signed_in(alice).get(reverse("curricula:yaml", args=[study.phased.pk]))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    document = yaml_text.load(answer.content.decode())
    assert list(document)[:3] == ["format", "tokenizer", "phases"]
    assert specs.digest_of(specs.parse(specs.Curriculum, document)) == study.phased.digest


def test_the_order_of_a_plan_is_drawn_against_the_scores_of_its_stream(signed_in, alice, study):
    plan = study.phased.plans.get()
    document = json.loads(signed_in(alice).get(reverse("curricula:order", args=[plan.pk])).content)
    names = [trace["name"] for trace in document["figure"]["data"]]
    assert "shift: code by compression ratio" in names
    assert document["table"]["rows"]


def test_the_preview_reads_the_scores_in_the_order_in_which_the_plan_consumes_them(study):
    plan = study.phased.plans.get()
    file = selectors.PlanFile(selectors.lookup.folder(plan.artifact))
    code = next(k for k, stream in enumerate(file.streams) if stream["name"] == "code")
    values = selectors.lookup.scores(study.ratio.artifact)[file.position[file.stream == code]]
    record = selectors.order_records(plan)[-1]
    assert record["order"] == selectors.order_preview.bands_of(values)


def test_the_mixture_of_a_plan_says_what_was_asked_for_and_what_it_gives(signed_in, alice, study):
    plan = study.phased.plans.get()
    document = json.loads(signed_in(alice).get(reverse("curricula:mixture", args=[plan.pk])).content)
    assert "asked for 75.0 %" in document["reading"]
    colors = {trace["name"]: trace["meta"]["color"] for trace in document["figure"]["data"]}
    assert colors["prose-first/prose, planned"] == colors["shift/prose, planned"] == 0
    assert colors["shift/code, planned"] == 1


def test_a_version_whose_data_are_still_being_made_has_no_document_yet(signed_in, alice, study):
    draft = study.mixed.draft
    version = CurriculumVersion.objects.create(curriculum=study.mixed.curriculum, number=2, draft=draft)
    page = signed_in(alice).get(reverse("curricula:version", args=[version.pk])).content.decode()
    assert "it is frozen as soon as they are there" in page
    assert signed_in(alice).get(reverse("curricula:yaml", args=[version.pk])).status_code == 404


def test_an_unfinished_plan_has_nothing_to_draw(signed_in, alice, study):
    plan = factories.curricula.plan_version(version=study.mixed, seed=7, by=alice)
    for page in ("curricula:order", "curricula:mixture"):
        assert signed_in(alice).get(reverse(page, args=[plan.pk])).status_code == 404


def test_the_plan_that_is_drawn_is_in_the_address(signed_in, alice, study):
    second = factories.done(factories.curricula.plan_version(version=study.phased, seed=1, by=alice))
    address = reverse("curricula:version", args=[study.phased.pk])
    page = signed_in(alice).get(address, {"plan": second.pk}).content.decode()
    assert reverse("curricula:order", args=[second.pk]) in page
    page = signed_in(alice).get(address, {"plan": "nonsense"}).content.decode()
    assert reverse("curricula:order", args=[second.pk]) not in page


def test_lists_name_versions_and_runs(signed_in, alice, study):
    page = signed_in(alice).get(reverse("curricula:list", args=[study.project.pk])).content.decode()
    assert "Prose, then code with replay" in page
    page = signed_in(alice).get(reverse("curricula:detail", args=[study.phased.curriculum_id])).content.decode()
    assert "Version 1" in page


def test_a_plan_tells_what_was_asked_for_and_given_of_every_stream_and_domain(signed_in, alice, study):
    plan = study.phased.plans.get()
    phases = plan_shares.phases_of(plan)
    assert [phase.name for phase in phases] == ["prose-first", "shift"]
    code = phases[1].streams[1]
    assert (code.name, code.asked, code.note) == ("code", 0.75, "")
    assert code.given == pytest.approx(0.75, abs=0.1)
    assert code.tokens == pytest.approx(code.given * phases[1].tokens)
    assert {(row.dataset, row.passes > 0) for row in phases[1].domains} == {
        ("Language reference, version 1", True),
        ("Standard library code, version 1", True),
    }
    page = signed_in(alice).get(reverse("curricula:version", args=[study.phased.pk])).content.decode()
    assert "Asked for and given" in page
    assert "Passes by domain in the plan" in page
    meta = plan.artifact.meta
    meta["phases"][1] |= {"ran_out": [{"stream": "code", "tokens": 12_345, "then": "stop"}], "planned_tokens": 12_345}
    for phase in meta["phases"]:
        phase.pop("domains")
    plan.artifact.save()
    page = signed_in(alice).get(reverse("curricula:version", args=[study.phased.pk])).content.decode()
    assert "ran out after 12,345 tokens, the phase ends there" in page
    assert "11,655 short of its budget" in page
    assert "did not count domains" in page

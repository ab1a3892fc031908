"""The strategies study: what each arm learns from, and what it shares with a replay study."""

import pytest
from django.urls import reverse

from apps.curricula.choices import choices_of
from apps.curricula.preview import preview_of
from apps.runs.models import Run
from apps.studies import services
from apps.studies.forecast import forecast_of
from apps.studies.kinds import design_of
from apps.studies.models import Study
from gradatim.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(study):
    judge(study.ratio, "harder")
    return {"base": str(study.base.pk), "scores": str(study.ratio.pk), "tokens": 12_000, "seeds": [1, 2]}


def judge(scores, means):
    scores.artifact.meta["higher_means"] = means
    scores.artifact.save(update_fields=["meta"])


def test_each_arm_is_one_strategy_more(study, asked):
    design = design_of("strategies", study.project, asked)
    names = [arm.name.removeprefix("Standard library code, ") for arm in design.arms]
    assert names == [
        "as they are",
        "10 % random replay",
        "random 25 %",
        "best 25 %",
        "best 25 %, 10 % random replay",
        "best 25 %, 18 % as in pre-training",
        "Re-warming control: Base: 62 % prose again",
    ]
    phases = [arm.draft["phases"][0] for arm in design.arms]
    assert [[stream["name"] for stream in phase["streams"]] for phase in phases[:6]] == [
        ["code"],
        ["prose", "code"],
        ["code"],
        ["code"],
        ["prose", "code"],
        ["prose", "code"],
    ]
    kept = {"method": "top_r", "params": {"ratio": 0.25, "keep": "lowest"}}
    drawn = {"method": "random_share", "params": {"ratio": 0.25}}
    assert [phase["streams"][-1].get("selection") for phase in phases[:6]] == [None, None, drawn, kept, kept, kept]
    assert phases[4]["mixture"]["params"]["weights"] == {"prose": 0.1, "code": 0.9}
    assert phases[5]["mixture"] == {
        "method": "replay",
        "params": {"weights": {"prose": 1.0, "code": 1.0}, "rate": 0.18, "replayed": ["prose"], "draw": "anew"},
    }
    assert {v.pk for v in design.measured} == {study.prose.pk, study.code.pk}


def test_the_curricula_can_be_planned_and_repeat_the_best_part(study, asked):
    choices = choices_of(study.project)
    for arm in design_of("strategies", study.project, asked).arms:
        seen = preview_of(arm.draft, choices, drawn=False)
        assert seen.errors == []
    found = forecast_of(design_of("strategies", study.project, asked))
    assert (found.made, found.there) == (14, 0)


@pytest.mark.parametrize(
    ("means", "keep"), [("harder", "lowest"), ("worse", "lowest"), ("better", "highest"), ("easier", "highest")]
)
def test_what_is_best_follows_from_what_a_higher_score_means(study, asked, means, keep):
    judge(study.ratio, means)
    arm = design_of("strategies", study.project, asked).arms[3]
    assert arm.draft["phases"][0]["streams"][0]["selection"]["params"]["keep"] == keep


def test_it_uses_the_runs_of_a_replay_study_and_is_made_once(study, asked, alice):
    recipe = {"batch_size": 4, "context": 64, "schedules": [{"peak": 1e-3}]}
    replay = {
        "base": asked["base"],
        "dataset": str(study.code.pk),
        "tokens": 12_000,
        "rates": [0, 0.1],
        "seeds": [1, 2],
    }
    services.run_study(project=study.project, kind="replay", params=replay | {"recipe": recipe}, by=alice)
    asked |= {"recipe": recipe}
    made, queued = services.run_study(project=study.project, kind="strategies", params=asked, by=alice)
    assert (queued, len(made.cells)) == (8, 14), "the new data alone, 10 % replay and the control are there"
    assert services.run_study(project=study.project, kind="strategies", params=made.params, by=alice) == (made, 0)
    assert Run.objects.filter(base=study.base, seed__in=[1, 2]).count() == 14


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"best": 1}, "best", "less than 1"),
        ({"replay": 0}, "replay", "greater than 0"),
        ({"scores": "none"}, "scores", "no score set none"),
        ({"tokens": 5}, "tokens", "fewer than one step"),
        ({"tokens": 10**18}, "tokens", "less than or equal to 1000000000000000"),
    ],
)
def test_what_cannot_be_is_refused_at_its_parameter(study, asked, change, field, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        design_of("strategies", study.project, asked | change)
    assert refused.value.field == f"params.{field}"


def test_a_score_that_does_not_tell_good_from_bad_is_refused(study, asked):
    judge(study.ratio, "neutral")
    with pytest.raises(UserError, match="does not say which samples are better"):
        design_of("strategies", study.project, asked)


def test_a_form_that_is_sent_as_it_stands_runs_it(study, asked, signed_in, alice):
    client, address = signed_in(alice), reverse("studies:new", args=[study.project.pk])
    form = client.get(address, {"kind": "strategies"}).context["form"]
    sent = {field.html_name: field.value() for field in form if field.value()} | {"kind": "strategies"}
    sent |= {"seeds": "1", "base": asked["base"], "scores": asked["scores"]}
    wrong = client.post(address, sent | {"best": "20, 30"})
    assert wrong.context["form"].errors["best"] == ["This is one number, such as 25."]
    assert "7 runs are queued." in client.post(address, sent, follow=True).text
    made = Study.objects.get()
    assert [made.params[key] for key in ("best", "replay", "mixture")] == [0.25, 0.1, 0.18]

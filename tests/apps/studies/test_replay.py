"""The replay study: what it makes, what it uses, and that asking twice makes nothing new."""

import pytest

from apps.comparisons import services as comparisons
from apps.comparisons.models import Comparison
from apps.comparisons.selectors import compare, view_of
from apps.curricula.models import Curriculum
from apps.jobs.models import Artifact, Job, Status
from apps.runs import controls, selectors
from apps.runs.models import Run
from apps.site.demo import spec
from apps.site.demo.services import create_demo
from apps.studies import asked as asked_of
from apps.studies import services
from apps.studies.designs import cells_of
from apps.studies.forecast import forecast_of
from apps.studies.kinds import design_of, replay
from apps.studies.models import Study
from apps.trash import services as trash
from apps.trash.kinds import KINDS as TRASH
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(study):
    """A study that the two continuations of the recorded one answer in part: same recipe, budget and seed."""
    return {
        "base": str(study.base.pk),
        "dataset": str(study.code.pk),
        "tokens": 24_000,
        "rates": [0, 0.25],
        "seeds": [0, 1],
        "recipe": {"schedules": [{"peak": 3e-3}], "batch_size": 4, "context": 64},
    }


@pytest.fixture
def run(study, alice):
    def run(asked, **more):
        return services.run_study(project=study.project, kind="replay", params=asked, by=alice, **more)

    return run


def runs_of(made: Study) -> list[Run]:
    return selectors.for_comparison(Run.objects.all(), [cell["run"] for cell in made.cells])


def test_one_run_a_rate_and_seed_and_the_control_of_each_seed(study, asked, run):
    made, queued = run(asked)
    runs = runs_of(made)
    assert [(cell["arm"], cell["seed"]) for cell in made.cells] == [
        (arm, seed)
        for arm in (
            "Standard library code, 0 % replay",
            "Standard library code, 25 % replay",
            "Re-warming control: Base: 62 % prose again",
        )
        for seed in (0, 1)
    ]
    assert runs[4] == study.arms[2], "the control that somebody made by hand"
    assert queued == 5
    assert all(run.base == study.base and run.job.status == Status.QUEUED for run in runs if run != study.arms[2])
    assert [run.name for run in runs[2:4]] == [f"Standard library code, 25 % replay, seed {n}" for n in (0, 1)]
    [phase] = runs[2].version.draft["phases"]
    assert phase["mixture"]["params"]["weights"] == {"prose": 0.25, "code": 0.75}
    assert [stream["dataset"] for stream in phase["streams"]] == [str(study.prose.pk), str(study.code.pk)]
    assert runs[2].version == runs[3].version
    assert runs[5].version == study.mixed, "a curriculum that says the same is used again"
    assert {v.pk for v in runs[0].evaluated_on.all()} == {study.prose.pk, study.code.pk}
    assert controls.control_of(runs[1]) == runs[5]


def test_its_comparison_asks_the_question_and_groups_over_seeds(study, asked, run):
    made, _ = run(asked, question="Does replay help here?")
    saved = made.comparison
    assert (saved.question, saved.view) == ("Does replay help here?", {"seeds": "mean"})
    assert saved.runs == [cell["run"] for cell in made.cells]
    compared = compare(runs_of(made), view_of({}, saved.view))
    assert compared.repeated and not compared.uncontrolled


def test_asking_twice_makes_nothing_new(asked, run):
    made, _ = run(asked)
    before = Run.objects.count(), Job.objects.count(), Curriculum.objects.count(), Comparison.objects.count()
    again, queued = run(asked | {"rates": [0.25, 0, 0], "seeds": [1, 0]}, name="Another name")
    assert (again, queued) == (made, 0)
    assert before == (Run.objects.count(), Job.objects.count(), Curriculum.objects.count(), Comparison.objects.count())


def test_two_studies_share_their_runs(asked, run):
    first, _ = run(asked)
    second, queued = run(asked | {"rates": [0, 0.5], "seeds": [0, 1, 2]})
    assert second != first
    assert queued == 1 + 3 + 1, "of 0 % and of the control the third seed, and all of 50 %"
    assert {cell["run"] for cell in first.cells} & {cell["run"] for cell in second.cells}


def test_what_failed_since_is_made_anew_in_the_same_study(asked, run):
    made, _ = run(asked)
    Job.objects.filter(run__pk=made.cells[0]["run"]).update(status=Status.FAILED)
    again, queued = run(asked)
    assert (again, queued) == (made, 1)
    assert again.cells[0]["run"] != made.cells[0]["run"]
    assert again.comparison == made.comparison
    assert Comparison.objects.get(pk=made.comparison_id).runs == [cell["run"] for cell in again.cells]


def test_a_run_that_is_measured_on_less_does_not_count(study, asked, run, alice):
    version = study.arms[0].version
    curriculum = replay.design(study.project, replay.Params(**asked)).arms[0].draft
    version = factories.curriculum(study.project, alice, "By hand", study.tokenizer, curriculum["phases"])
    less = factories.run("Measured on code", version, alice, [study.code], base=study.base, seed=0)
    more = factories.run("Measured on both", version, alice, [study.code, study.prose], base=study.base, seed=1)
    made, queued = run(asked)
    assert (str(less.pk) in str(made.cells), str(more.pk) in str(made.cells), queued) == (False, True, 4)
    runs = runs_of(made)
    assert runs[0].version == runs[1].version == version, "seeds of a setting are told by their version"


def test_a_deleted_comparison_leaves_the_study_and_is_saved_anew(asked, run, alice):
    made, _ = run(asked)
    kind = TRASH["comparison"]
    trash.put(kind=kind, row=made.comparison, by=alice)
    again, queued = run(asked)
    assert (again, queued) == (made, 0)
    assert again.comparison != made.comparison
    trash.put(kind=kind, row=again.comparison, by=alice)
    trash.purge(kind=kind, row=again.comparison, by=alice)
    again.refresh_from_db()
    assert again.comparison is None


def test_nothing_is_left_where_one_run_cannot_be_queued(asked, run, monkeypatch):
    before = Run.objects.count(), Curriculum.objects.count(), Job.objects.count()

    def full(**given):
        raise UserError("The disk is full.")

    monkeypatch.setattr(comparisons, "save_comparison", full)
    with pytest.raises(UserError, match="disk is full"):
        run(asked)
    assert before == (Run.objects.count(), Curriculum.objects.count(), Job.objects.count())
    assert not Study.objects.exists()


def test_the_forecast_counts_what_is_there_and_what_is_made(study, asked, run):
    found = forecast_of(design_of("replay", study.project, asked))
    steps = 93
    assert (found.made, found.there) == (5, 1)
    assert (found.steps, found.tokens) == (5 * steps, 5 * steps * 256)
    assert found.seconds == pytest.approx(5 * steps * 256 / (120 * 256 / 480))
    assert [(arm.there, arm.made) for arm in found.arms] == [(0, 2), (0, 2), (1, 1)]
    run(asked)
    found = forecast_of(design_of("replay", study.project, asked))
    assert (found.made, found.there, found.tokens, found.seconds) == (0, 6, 0, 0)


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"rates": [1]}, "params.rates", "below 1"),
        ({"rates": []}, "params.rates", "below 1"),
        ({"seeds": []}, "params.seeds", "between 1 and 20"),
        ({"seeds": [-1]}, "params.seeds", "cannot be a seed"),
        ({"tokens": 100}, "params.tokens", "fewer than one step"),
        ({"tokens": 0}, "params.tokens", "greater than 0"),
        ({"dataset": "prose"}, "params.dataset", "no dataset version prose"),
        ({"base": "00000000-0000-4000-8000-000000000000"}, "params.base", "no run 0000"),
        ({"recipe": {"batch_size": 0}}, "params.recipe.batch_size", "greater than or equal to 1"),
        ({"recipe_of": "none"}, "params.recipe", "not both"),
        ({"colour": 1}, "params.colour", "nothing of this name"),
        ({"seeds": list(range(20))}, "params.seeds", "at most 50"),
        ({"rates": [0.33333, 0.33334]}, "params.rates", "Two shares are both 33.33 %"),
        ({"tokens": 10**18}, "params.tokens", "less than or equal to 1000000000000000"),
        ({"tokens": 10**400}, "params.tokens", "less than or equal to 1000000000000000"),
        ({"base": "a\0b"}, "params.base", "There is no run"),
        ({"dataset": "a\0b"}, "params.dataset", "There is no dataset version"),
        ({"dataset": "a\ud800b"}, "params.dataset", "There is no dataset version a.b here"),
        ({"suites": ["a\0b"]}, "params.suites", "There is no suite"),
        ({"recipe": None, "recipe_of": "a\0b"}, "params.recipe_of", "There is no run"),
        ({"recipe": {"schedules": {"peak": 1e-3}}}, "params.recipe.schedules", "must be a list"),
        ({"recipe": {"schedules": "cosine"}}, "params.recipe.schedules", "must be a list"),
        ({"recipe": {"schedules": 1}}, "params.recipe.schedules", "must be a list"),
        ({"recipe": {"schedules": [1]}}, "params.recipe.schedules.0", "must be a mapping"),
        (
            {"recipe": {"schedules": [{}, {"start": "continued", "peak": "high"}]}},
            "params.recipe.schedules.1.peak",
            "must be a number",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_parameter(asked, run, change, field, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        run(asked | change)
    assert refused.value.field == field
    assert not Study.objects.exists()


def test_the_most_tokens_that_may_be_asked_for_are_forecast_and_queued(asked, run):
    asked |= {"tokens": asked_of.MOST_TOKENS, "rates": [0], "seeds": [0]}
    made, queued = run(asked)
    assert queued == 2
    assert forecast_of(design_of("replay", made.project, asked)).there == 2


def test_a_base_that_is_not_trained_yet_and_a_dataset_that_is_all_it_knows_are_refused(study, asked, run, alice):
    waiting = factories.run("Waits", study.mixed, alice, [study.code])
    with pytest.raises(UserError, match="no last checkpoint"):
        run(asked | {"base": str(waiting.pk)})
    with pytest.raises(UserError, match="nothing to replay"):
        run(asked | {"base": str(study.arms[0].pk)})


def test_without_a_recipe_it_is_the_bases_once_more_up_to_half_its_peak(study, asked):
    design = design_of("replay", study.project, {key: asked[key] for key in ("base", "dataset", "tokens")})
    assert (design.seeds, design.params["rates"]) == ((1, 2, 3), [0, 0.125, 0.25, 0.5])
    recipe = design.params["recipe"]
    assert recipe == {
        "batch_size": 4,
        "context": 64,
        "schedules": [{"shape": "cosine", "peak": 1.5e-3, "floor": 1.5e-4, "warmup": 0.04}],
    }
    of_run = design_of("replay", study.project, asked | {"recipe": None, "recipe_of": str(study.arms[1].pk)})
    assert of_run.params["recipe"]["schedules"] == [study.arms[1].recipe["schedules"][-1]]


def test_replayed_streams_keep_their_samples_and_lose_their_order(study, alice):
    mix = {"prose": study.prose, "code": study.code}
    phase = factories.phase("main", mix, {"prose": 1, "code": 3}, scores=study.length)
    phase["streams"][0]["epochs"] = 1
    version = factories.curriculum(study.project, alice, "Ordered", study.tokenizer, [phase])
    base = factories.train(factories.run("Ordered base", version, alice, [study.code]), level=3.0, cost=0)
    streams, weights = replay.mixed(base, study.prose, 0.5)
    assert [set(stream) for stream in streams] == [
        {"name", "dataset", "scores", "selection", "ordering"},
        {"name", "dataset", "ordering"},
    ]
    assert weights == {"code": 0.5, "prose": 0.5}
    assert all(stream["ordering"] == {"method": "shuffle"} for stream in streams)


def test_the_demos_arms_answer_a_study_of_the_same_question(alice):
    project = create_demo(by=alice)
    runs = {run.name: run for run in project.runs.select_related("version")}
    base = runs["Base: 62 % prose, 38 % code"]
    Job.objects.filter(pk=base.job_id).update(status=Status.SUCCEEDED)
    made = Artifact.objects.create(kind="checkpoint", digest="c" * 64, size=1, meta={"parameters": 900_000})
    Run.objects.filter(pk=base.pk).update(checkpoint=made)
    arm = runs["Code + 25 % prose"]
    code = next(s["dataset"] for s in arm.version.draft["phases"][0]["streams"] if s["name"] == "code")
    asked = {"base": str(base.pk), "dataset": code, "tokens": arm.version.draft["phases"][0]["tokens"]}
    asked |= {"rates": [0, 0.25], "seeds": [spec.ARM_SEED], "recipe_of": str(arm.pk)}
    cells = cells_of(design_of("replay", project, asked))
    assert [cell.run for cell in cells] == [runs["Code alone"], arm, runs["Control: base mixture again"]]


def test_a_curriculum_and_a_run_whose_documents_are_refused_by_now_are_passed_over(study, asked, run):
    draft = study.mixed.draft | {"phases": [study.mixed.draft["phases"][0] | {"mixture": {"method": "gone"}}]}
    type(study.mixed).objects.filter(pk=study.arms[0].version_id).update(draft=draft)
    Run.objects.filter(pk=study.arms[1].pk).update(base=study.base, seed=1, recipe={"batch_size": "many"})
    assert run(asked)[1] == 5

import json

import pytest

from apps.jobs.models import Job, Status
from apps.runs import services
from apps.runs.models import Run
from apps.scores import services as scores
from gradatim.errors import UserError
from tests.apps.services import rows

pytestmark = pytest.mark.django_db


def test_a_run_waits_for_its_plan_its_base_and_the_tokens_it_is_measured_on(project, alice):
    made, version, _ = rows.curriculum(project, alice)
    base = services.create_run(name="base", version=made, recipe=rows.RECIPE, seed=0, by=alice)
    other = rows.dataset(project, alice, "other")
    continued = {key: value for key, value in rows.RECIPE.items() if key != "model"}
    run = services.create_run(
        name="arm", version=made, recipe=continued, seed=0, by=alice, base=base, evaluated_on=[version, other]
    )
    waits = {run.plan.job, base.job, version.tokenized.get().job, other.tokenized.get().job}
    assert set(run.job.after.all()) == waits
    assert run.plan == base.plan


def test_a_recipe_is_refused_at_its_field_before_anything_is_queued(project, alice):
    made, *_ = rows.curriculum(project, alice)
    before = Job.objects.count()
    with pytest.raises(UserError) as refused:
        services.create_run(name="x", version=made, recipe=rows.RECIPE | {"batch_size": 0}, seed=0, by=alice)
    assert refused.value.field == "recipe.batch_size"
    assert (Job.objects.count(), Run.objects.count()) == (before, 0)


def test_a_frozen_run_names_its_bases_checkpoint_and_its_data_by_digest(project, alice):
    made, version, tokenizer = rows.curriculum(project, alice)
    rows.done(version, "dataset")
    rows.done(tokenizer, "tokenizer")
    base = services.create_run(name="base", version=made, recipe=rows.RECIPE, seed=0, by=alice)
    base.checkpoint = rows.artifact("checkpoint", "base")
    base.save()
    continued = {key: value for key, value in rows.RECIPE.items() if key != "model"}
    run = services.create_run(name="arm", version=made, recipe=continued, seed=7, by=alice, base=base)
    frozen = services.freeze_run(run=run)
    assert frozen.recipe.model.checkpoint == base.checkpoint.digest
    assert frozen.recipe.evaluation.datasets == [version.artifact.digest]
    run.refresh_from_db()
    assert json.loads(run.document)["seed"] == 7
    assert services.freeze_run(run=run) == frozen


def test_a_score_that_needs_a_model_says_so_and_waits_for_it(project, alice):
    made, version, tokenizer = rows.curriculum(project, alice)
    with pytest.raises(UserError) as refused:
        scores.create_score_set(version=version, method="perplexity", by=alice)
    assert refused.value.field == "tokenizer"
    base = services.create_run(name="base", version=made, recipe=rows.RECIPE, seed=0, by=alice)
    made = scores.create_score_set(
        version=version, method="perplexity", tokenizer=tokenizer, checkpoint_of=base, by=alice
    )
    assert base.job in made.job.after.all()
    assert made.job.queue == "gpu"


def test_a_score_of_the_text_alone_waits_for_the_import_alone(project, alice):
    version = rows.dataset(project, alice)
    made = scores.create_score_set(version=version, method="compression_ratio", by=alice)
    assert list(made.job.after.all()) == [version.job]
    assert made.job.queue == "cpu"
    assert made.job.status == Status.QUEUED


def test_a_bad_parameter_of_a_score_is_refused_at_its_field(project, alice):
    version = rows.dataset(project, alice)
    with pytest.raises(UserError) as refused:
        scores.create_score_set(version=version, method="compression_ratio", params={"level": 99}, by=alice)
    assert refused.value.field == "params.level"


def test_a_checkpoint_is_named_by_its_run_not_by_a_digest(project, alice):
    made, *_ = rows.curriculum(project, alice)
    recipe = rows.RECIPE | {"model": {"checkpoint": "0" * 64}}
    with pytest.raises(UserError) as refused:
        services.create_run(name="x", version=made, recipe=recipe, seed=0, by=alice)
    assert refused.value.field == "recipe.model.checkpoint"
    assert not Run.objects.exists()

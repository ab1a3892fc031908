"""From the rows to the library's task and back: a real model answers, and the run has its values."""

import json

import pytest

from apps.evaluations import services
from apps.jobs.endings import register
from apps.metrics import selectors as metrics
from apps.site.storage import store
from tests.apps import factories, recorded

pytestmark = pytest.mark.django_db


def test_a_checkpoint_answers_a_suite_and_what_is_held_out_of_a_dataset(project, alice, tmp_path):
    from gradatim import specs
    from gradatim.training import checkpoint, models

    study = recorded.study(by=alice, project=project, samples=40)
    run, tokenizer = study.base, study.tokenizer.artifact
    recipe = json.loads(run.document)["recipe"]
    model = models.build(
        specs.Model(preset="llama-1m"), vocab_size=tokenizer.meta["vocab_size"], context=recipe["context"], seed=1
    )
    folder = store().path("tokenizer", tokenizer.digest)
    meta = {"step": 120, "tokens": 30_720, "tokenizer": tokenizer.digest}
    stored = store().put(checkpoint.write_model(tmp_path / "model", model, folder / "tokenizer.json", meta).path)
    run.checkpoint = register({"checkpoint": stored})["checkpoint"]
    run.save()
    suite = factories.suite(project, alice, count=6)
    made, _ = services.evaluate_run(run=run, suites=[suite], versions=[study.code], by=alice)
    factories.perform(made.job)
    made.refresh_from_db()
    accuracy = made.values["eval/sums/small/accuracy"]
    assert 0 <= accuracy <= 1
    assert made.artifact.kind == "evaluation"
    name = "eval/sums/small/accuracy"
    points = metrics.read([run.pk], [name])[run.pk, name].points
    assert (points.steps.tolist(), points.tokens.tolist(), points.values.tolist()) == ([120], [30_720], [accuracy])

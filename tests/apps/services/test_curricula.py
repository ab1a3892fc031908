import json

import pytest

from apps.accounts.models import Project
from apps.curricula import services
from apps.scores import services as scores
from gradatim import specs, yaml_text
from gradatim.errors import UserError
from tests.apps.services import rows

pytestmark = pytest.mark.django_db


def test_a_version_whose_data_are_being_made_has_no_digest_until_they_exist(project, alice):
    made, version, tokenizer = rows.curriculum(project, alice)
    assert made.document == made.digest == ""
    with pytest.raises(UserError, match="has not finished"):
        services.freeze_version(version=made)
    rows.done(version, "dataset")
    rows.done(tokenizer, "tokenizer")
    frozen = services.freeze_version(version=made)
    assert version.artifact.digest in frozen.document
    assert str(version.pk) not in frozen.document


def test_a_version_whose_data_exist_is_frozen_at_once_and_equal_drafts_have_equal_digests(project, alice):
    made, version, tokenizer = rows.curriculum(project, alice)
    rows.done(version, "dataset")
    rows.done(tokenizer, "tokenizer")
    twins = [services.create_version(curriculum=made.curriculum, draft=made.draft, by=alice) for _ in range(2)]
    assert [twin.number for twin in twins] == [2, 3]
    assert twins[0].digest == twins[1].digest != ""


def test_the_document_exported_as_yaml_comes_back_with_the_same_digest(project, alice):
    made, version, tokenizer = rows.curriculum(project, alice)
    rows.done(version, "dataset")
    rows.done(tokenizer, "tokenizer")
    frozen = services.freeze_version(version=made)
    text = yaml_text.dump(json.loads(frozen.document))
    assert specs.digest_of(specs.parse(specs.Curriculum, yaml_text.load(text))) == frozen.digest


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tokens": 0}, "phases.0.tokens"),
        ({"ordering": {"method": "sideways"}}, "phases.0.streams.0.ordering.method"),
        ({"ordering": {"method": "saw", "params": {"layers": 0}}}, "phases.0.streams.0.ordering.params.layers"),
        ({"dataset": "nonsense"}, "phases.0.streams.0.dataset"),
        ({"scores": "00000000-0000-0000-0000-000000000000"}, "phases.0.streams.0.scores"),
        ({"jitter_window": -1}, "phases.0.streams.0.jitter_window"),
    ],
)
def test_what_is_wrong_with_a_draft_is_refused_at_its_field(project, alice, change, field):
    version = rows.dataset(project, alice)
    tokenizer = rows.tokenizer(project, alice, [version])
    tokens = change.pop("tokens", 640)
    draft = rows.draft(tokenizer, version, tokens=tokens)
    draft["phases"][0]["streams"][0].update(change)
    with pytest.raises(UserError) as refused:
        services.create_curriculum(project=project, name="wrong", draft=draft, by=alice)
    assert refused.value.field == field


def test_another_projects_data_cannot_be_named(project, alice):
    other = Project.objects.create(name="Elsewhere")
    foreign = rows.dataset(other, alice)
    tokenizer = rows.tokenizer(project, alice, [])
    with pytest.raises(UserError, match="no dataset version"):
        services.create_curriculum(project=project, name="x", draft=rows.draft(tokenizer, foreign), by=alice)


def test_a_plan_waits_for_data_tokens_and_scores_and_is_shared_by_seed(project, alice):
    version = rows.dataset(project, alice)
    tokenizer = rows.tokenizer(project, alice, [version])
    length = scores.create_score_set(version=version, method="length", by=alice)
    draft = rows.draft(tokenizer, version, scores=str(length.pk), ordering={"method": "sorting"})
    made = services.create_curriculum(project=project, name="sorted", draft=draft, by=alice)
    plan = services.plan_version(version=made, seed=1, by=alice)
    tokenized = version.tokenized.get()
    assert set(plan.job.after.all()) == {version.job, tokenizer.job, length.job, tokenized.job}
    assert services.plan_version(version=made, seed=1, by=alice) == plan
    assert services.plan_version(version=made, seed=2, by=alice) != plan

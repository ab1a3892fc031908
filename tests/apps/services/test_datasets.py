import pytest

from apps.datasets import services
from tests.apps.services import rows

pytestmark = pytest.mark.django_db


def test_importing_under_the_same_name_makes_the_next_version_of_one_dataset(project, alice):
    first, second = rows.dataset(project, alice), rows.dataset(project, alice)
    assert first.dataset == second.dataset
    assert (first.number, second.number) == (1, 2)
    assert second.job.title == "Import prose version 2"


def test_a_tokenizer_waits_for_every_version_it_is_trained_on(project, alice):
    versions = [rows.dataset(project, alice, name) for name in ("prose", "code")]
    tokenizer = rows.tokenizer(project, alice, versions)
    assert set(tokenizer.job.after.all()) == {version.job for version in versions}


def test_tokens_of_a_version_are_made_once_and_again_only_after_a_failure(project, alice):
    version = rows.dataset(project, alice)
    tokenizer = rows.tokenizer(project, alice, [version])
    first = services.tokenize_version(version=version, tokenizer=tokenizer, by=alice)
    assert services.tokenize_version(version=version, tokenizer=tokenizer, by=alice).job == first.job
    type(first.job).objects.filter(pk=first.job_id).update(status="failed")
    again = services.tokenize_version(version=version, tokenizer=tokenizer, by=alice)
    assert again.pk == first.pk
    assert again.job != first.job


def test_strangers_see_neither_dataset_nor_tokenizer(project, alice, charlie):
    version = rows.dataset(project, alice)
    tokenizer = rows.tokenizer(project, alice, [version])
    for row in (version, version.dataset, tokenizer, version.job):
        assert type(row).objects.visible_to(alice).filter(pk=row.pk).exists()
        assert not type(row).objects.visible_to(charlie).filter(pk=row.pk).exists()

"""What nobody needs goes into the trash, comes back from it, or goes for good with its files."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse

from apps.comparisons.models import Comparison
from apps.curricula.models import Curriculum
from apps.datasets.models import Dataset, DatasetVersion
from apps.jobs.models import Artifact, Job
from apps.runs.models import Run
from apps.scores.models import ScoreSet
from apps.shares.models import ShareLink
from apps.site.storage import store
from apps.trash import services
from apps.trash.kinds import KINDS
from gradatim.errors import UserError
from tests.apps import recorded

pytestmark = pytest.mark.django_db
DATASET, RUN, CURRICULUM, COMPARISON = (KINDS[name] for name in ("dataset", "run", "curriculum", "comparison"))


@pytest.fixture
def lone(study):
    """A run of the study from which no other starts."""
    return next(run for run in study.project.runs.all() if not run.continuations.exists())


def put(kind, row, by):
    services.put(kind=kind, row=row, by=by)
    return kind.model.with_trash.get(pk=row.pk)


def refused(kind, row, by) -> str:
    with pytest.raises(UserError) as caught:
        services.put(kind=kind, row=row, by=by)
    assert kind.model.objects.filter(pk=row.pk).exists()
    return caught.value.sentence


def test_what_is_in_the_trash_is_nowhere_else_and_comes_back_whole(study, lone, alice, signed_in):
    client, address = signed_in(alice), reverse("runs:detail", args=[lone.pk])
    assert lone.name in client.get(reverse("runs:list", args=[study.project.pk])).content.decode()
    put(RUN, lone, alice)
    assert client.get(address).status_code == 404
    assert client.get(f"/api/v1/runs/{lone.pk}/").status_code == 404
    assert not study.project.runs.filter(pk=lone.pk).exists()
    assert lone.name in client.get(reverse("trash:list", args=[study.project.pk])).content.decode()
    services.restore(kind=RUN, row=lone, by=alice)
    assert client.get(address).status_code == 200


def test_a_dataset_that_runs_and_curricula_use_is_refused_with_the_list(study, alice):
    said = refused(DATASET, study.prose.dataset, alice)
    assert "the curriculum “" in said and "the run “" in said and "is measured on it" in said


def test_a_run_that_others_start_from_is_refused_though_those_lie_in_the_trash(study, lone, alice):
    base = study.base
    assert "starts from it" in refused(RUN, base, alice)
    first = base.continuations.first()
    put(RUN, first, alice)
    assert f"“{first.name}” (in the trash) starts from it" in refused(RUN, base, alice)


def test_a_run_that_an_open_link_shows_is_refused_until_the_link_is_revoked(study, lone, alice):
    link = ShareLink.objects.create(
        project=study.project,
        title="For the lead",
        token_hash="x",
        runs=[str(lone.pk)],
        expires_at=study.base.created_at + timedelta(days=30),
    )
    assert "the share link “For the lead” shows it" in refused(RUN, lone, alice)
    ShareLink.objects.filter(pk=link.pk).update(revoked_at=link.created_at)
    put(RUN, lone, alice)


def test_what_is_at_work_is_refused(project, alice):
    version = recorded.data(by=alice, project=project, samples=20).prose
    Job.objects.filter(pk=version.job_id).update(status="queued")
    assert "is not over: cancel it first" in refused(DATASET, version.dataset, alice)


def test_a_dataset_goes_for_good_with_its_files_and_nothing_of_another(project, alice):
    given = recorded.data(by=alice, project=project, samples=20)
    prose, code = given.prose, given.code
    folder = store().path("dataset", prose.artifact.digest)
    other = store().path("dataset", code.artifact.digest)
    row = put(DATASET, prose.dataset, alice)
    with pytest.raises(UserError, match="not in the trash"):
        services.purge(kind=DATASET, row=code.dataset, by=alice)
    freed = services.purge(kind=DATASET, row=row, by=alice)
    assert freed >= prose.artifact.size > 0
    assert not DatasetVersion._base_manager.filter(dataset_id=row.pk).exists()
    assert not ScoreSet.with_trash.filter(version__dataset_id=row.pk).exists()
    assert not Artifact.objects.filter(pk=prose.artifact_id).exists()
    assert Artifact.objects.filter(pk=code.artifact_id).exists()
    assert folder.parent == other.parent


@pytest.mark.django_db(transaction=True)
def test_files_go_only_when_the_deletion_is_committed_and_shared_ones_stay(project, alice):
    given = recorded.data(by=alice, project=project, samples=20)
    folder = store().path("dataset", given.prose.artifact.digest)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text("{}")
    again = Dataset.objects.create(project=project, name="The same texts again")
    job = given.prose.job
    job.pk = None
    job._state.adding = True
    job.save(force_insert=True)
    twin = DatasetVersion.objects.create(dataset=again, number=1, source={}, job=job, artifact=given.prose.artifact)
    services.purge(kind=DATASET, row=put(DATASET, given.prose.dataset, alice), by=alice)
    assert folder.exists() and Artifact.objects.filter(pk=twin.artifact_id).exists()
    services.purge(kind=DATASET, row=put(DATASET, again, alice), by=alice)
    assert not folder.exists() and not Artifact.objects.filter(pk=twin.artifact_id).exists()


def test_a_run_goes_for_good_and_its_curriculum_can_follow(study, lone, alice):
    curriculum = lone.version.curriculum
    for run in Run.objects.filter(version__curriculum=curriculum).exclude(pk=lone.pk):
        services.purge(kind=RUN, row=put(RUN, run, alice), by=alice)
    assert f"the run “{lone.name}” was trained with it" in refused(CURRICULUM, curriculum, alice)
    services.purge(kind=RUN, row=put(RUN, lone, alice), by=alice)
    row = put(CURRICULUM, curriculum, alice)
    services.purge(kind=CURRICULUM, row=row, by=alice)
    assert not Curriculum.with_trash.filter(pk=row.pk).exists()


def test_a_name_that_was_given_away_meanwhile_stands_in_the_way_of_a_restore(project, alice):
    first = Dataset.objects.create(project=project, name="Web")
    put(DATASET, first, alice)
    Dataset.objects.create(project=project, name="Web")
    with pytest.raises(UserError, match="another dataset “Web” now"):
        services.restore(kind=DATASET, row=first, by=alice)
    assert Dataset.with_trash.filter(pk=first.pk, trashed_at__isnull=False).exists()


def test_what_lay_there_for_its_time_is_deleted_by_itself(study, lone, alice, settings):
    put(RUN, lone, alice)
    assert services.purge_expired() == 0
    Run.with_trash.filter(pk=lone.pk).update(trashed_at=F("trashed_at") - timedelta(days=settings.TRASH_DAYS + 1))
    assert services.purge_expired() == 1
    assert not Run.with_trash.filter(pk=lone.pk).exists()


def test_a_saved_comparison_shows_the_runs_that_are_left(study, lone, alice, signed_in):
    saved = Comparison.objects.create(project=study.project, name="Both", runs=[str(lone.pk), str(study.base.pk)])
    address = reverse("comparisons:detail", args=[saved.pk])
    put(RUN, lone, alice)
    page = signed_in(alice).get(address).content.decode()
    assert study.base.name in page and lone.name not in page
    Comparison.objects.filter(pk=saved.pk).update(runs=[str(lone.pk)])
    assert "None of the runs of this comparison is here" in signed_in(alice).get(address).content.decode()


def test_the_pages_ask_first_and_only_owners_delete_for_good(study, lone, alice, bob, vera, signed_in):
    ask, back, gone = (reverse(f"trash:{word}-run", args=[lone.pk]) for word in ("put", "restore", "purge"))
    assert signed_in(vera).get(ask).status_code == 403
    assert "Put this run into the trash?" in signed_in(bob).get(ask).content.decode()
    assert "is in the trash of the project" in signed_in(bob).post(ask, follow=True).content.decode()
    assert signed_in(bob).post(gone).status_code == 403
    assert "is back" in signed_in(bob).post(back, follow=True).content.decode()
    signed_in(bob).post(ask)
    page = signed_in(alice).post(gone, follow=True).content.decode()
    assert "was deleted for good" in page and "were freed" in page and "The trash is empty" in page
    base = signed_in(bob).get(reverse("trash:put-run", args=[study.base.pk])).content.decode()
    assert "This run is still needed" in base and "Put this run into the trash?" not in base


def test_the_storage_page_says_what_takes_how_much_at_a_constant_number_of_queries(
    study, alice, signed_in, django_assert_max_num_queries
):
    client, address = signed_in(alice), reverse("trash:storage", args=[study.project.pk])
    with django_assert_max_num_queries(45):
        page = client.get(address).content.decode()
    assert study.prose.dataset.name in page and "Free on the disk" in page


def test_the_api_does_the_same(study, lone, alice, bob, signed_in):
    item = f"/api/v1/trash/run/{lone.pk}/"
    needed = signed_in(bob).post(f"/api/v1/trash/run/{study.base.pk}/")
    assert needed.status_code == 400 and "starts from it" in needed.json()["detail"]
    assert signed_in(bob).post(item).status_code == 204
    listed = signed_in(bob).get(f"/api/v1/projects/{study.project.pk}/trash/").json()
    assert [(row["kind"], row["name"], row["trashed_by"]) for row in listed] == [("run", lone.name, "bob")]
    assert signed_in(bob).post(f"{item}restore/").status_code == 204
    signed_in(bob).post(item)
    assert signed_in(bob).delete(item).status_code == 403
    assert signed_in(alice).delete(item).json()["bytes"] >= 0
    assert signed_in(alice).delete(item).status_code == 404

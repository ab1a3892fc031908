"""Versions compared, documents imported, plans asked for."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.models import Project
from apps.curricula import documents, selectors, services
from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from apps.datasets.models import Dataset, DatasetVersion
from apps.jobs.models import Job
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(data, alice) -> CurriculumVersion:
    return factories.phased_curriculum(data, alice)


@pytest.fixture
def elsewhere(data, alice) -> Project:
    """Another project that holds the same artifacts in rows of its own."""
    project = Project.objects.create(name="Elsewhere")
    factories.Membership.objects.create(project=project, user=alice, role="owner")

    def twin(row, **changes):
        row = type(row).objects.get(pk=row.pk)
        row.job = Job.objects.create(project=project, kind=row.job.kind, title="Twin", queue="cpu", status="succeeded")
        for name, value in {"pk": None, "id": factories.uuid.uuid4(), **changes}.items():
            setattr(row, name, value)
        row.save(force_insert=True)
        return row

    versions = {}
    for old in (data.prose, data.code):
        dataset = Dataset.objects.create(project=project, name=old.dataset.name)
        versions[old.pk] = twin(old, dataset=dataset)
    twin(data.tokenizer, project=project)
    for old in (data.length, data.ratio):
        twin(old, version=versions[old.version_id])
    return project


def test_a_document_exported_here_and_imported_elsewhere_has_the_same_digest(signed_in, alice, version, elsewhere):
    text = signed_in(alice).get(reverse("curricula:yaml", args=[version.pk])).content.decode()
    address = reverse("curricula:import", args=[elsewhere.pk])
    answer = signed_in(alice).post(address, {"name": "From next door", "text": text})
    made = CurriculumVersion.objects.get(curriculum__project=elsewhere)
    assert answer.headers["Location"] == reverse("curricula:version", args=[made.pk])
    assert made.digest == version.digest
    assert made.document == version.document
    named = {stream["dataset"] for phase in made.draft["phases"] for stream in phase["streams"]}
    assert all(DatasetVersion.objects.get(pk=pk).dataset.project == elsewhere for pk in named)


def test_a_file_is_imported_as_a_text_is(signed_in, alice, version, elsewhere):
    file = SimpleUploadedFile("curriculum.yaml", selectors.yaml_of(version).encode())
    signed_in(alice).post(reverse("curricula:import", args=[elsewhere.pk]), {"name": "A file", "file": file})
    assert CurriculumVersion.objects.get(curriculum__name="A file").digest == version.digest


def test_data_that_the_project_does_not_hold_are_named_each_at_its_place(signed_in, alice, version):
    project = Project.objects.create(name="Empty")
    factories.Membership.objects.create(project=project, user=alice, role="owner")
    text = selectors.yaml_of(version)
    answer = signed_in(alice).post(reverse("curricula:import", args=[project.pk]), {"name": "x", "text": text})
    errors = answer.context["form"].errors["text"]
    places = [error.split(":")[0] for error in errors]
    assert places == ["tokenizer", "phases.0.streams.0.dataset and 1 more place", "phases.1.streams.1.scores",
                      "phases.1.streams.1.dataset"]  # fmt: skip
    assert re.search("has no tokenizer with the digest [0-9a-f]{12}: train it here on the same data", errors[0])
    assert text.strip() in answer.context["form"]["text"].value()
    assert not Curriculum.objects.filter(project=project).exists()


def test_rows_of_another_project_are_no_answer_to_a_digest(version):
    with pytest.raises(documents.Unknown):
        documents.draft_of(selectors.yaml_of(version), Project.objects.create(name="Next door"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Paste a document"),
        ("a: [1", "not YAML that can be read"),
        ("just words", "mapping of names"),
        ("tokenizer: abc\nphases: []", "tokenizer"),
        ("a: &x [1]\nb: *x", "no YAML aliases"),
    ],
)
def test_what_is_no_document_is_refused_in_words(signed_in, alice, data, text, words):
    answer = signed_in(alice).post(reverse("curricula:import", args=[data.project.pk]), {"name": "x", "text": text})
    assert words in str(answer.context["form"].errors["text"])


def test_a_method_at_another_version_is_refused_instead_of_giving_another_order(version):
    document = json.loads(version.document)
    document["phases"][1]["streams"][1]["ordering"]["version"] = 99
    with pytest.raises(UserError, match="frozen with 99") as refused:
        documents.draft_of(json.dumps(document), version.curriculum.project)
    assert refused.value.field == "phases.1.streams.1.ordering.version"


def test_two_versions_differ_in_words(signed_in, alice, version):
    draft = json.loads(json.dumps(version.draft))
    shift = draft["phases"][1]
    shift["mixture"]["params"]["weights"] = {"prose": 0.5, "code": 0.5}
    shift["streams"][1]["ordering"] = {
        "method": "saw",
        "params": {"sections": 3, "transition_ratio": 0.075, "layers": 5},
    }
    shift["streams"][1]["jitter_window"] = 0
    second = services.create_version(curriculum=version.curriculum, draft=draft, by=alice)
    third = services.create_version(curriculum=version.curriculum, draft=version.draft, by=alice)
    address = reverse("curricula:detail", args=[version.curriculum_id])
    answer = signed_in(alice).get(address, {"from": 1, "to": 2})
    changes = {c.label: (c.before, c.after) for c in answer.context["diff"].changes}
    assert changes == {
        "Phase 2, stream prose: share of tokens": ("25.0 %", "50.0 %"),
        "Phase 2, stream code: share of tokens": ("75.0 %", "50.0 %"),
        "Phase 2, stream code: order, layers": ("3", "5"),
        "Phase 2, stream code: jitter window": ("4", "0"),
    }
    page = answer.content.decode()
    assert version.digest[:12] in page
    assert second.digest[:12] in page
    newest = signed_in(alice).get(address)
    assert (newest.context["before"], newest.context["after"]) == (second, third)
    same = signed_in(alice).get(address, {"from": 1, "to": 3})
    assert "Every setting is the same." in same.content.decode()


def test_streams_and_phases_that_only_one_version_has_are_shown_against_a_dash(version, alice):
    from apps.curricula.choices import choices_of
    from apps.curricula.diffs import diff

    draft = json.loads(json.dumps(version.draft))
    del draft["phases"][1]["streams"][0]
    draft["phases"][1]["mixture"]["params"]["weights"] = {"code": 1}
    second = services.create_version(curriculum=version.curriculum, draft=draft, by=alice)
    changes = {
        c.label: (c.before, c.after) for c in diff(version, second, choices_of(version.curriculum.project)).changes
    }
    assert changes["Phase 2, stream prose: order"] == ("Shuffle", "—")
    assert changes["Phase 2, stream code: share of tokens"] == ("75.0 %", "100.0 %")


def test_a_plan_is_asked_for_under_a_seed_and_shared(signed_in, bob, version):
    address = reverse("curricula:plan", args=[version.pk])
    answer = signed_in(bob).post(address, {"seed": 7}, follow=True)
    assert "The plan under seed 7 is in the queue." in answer.content.decode()
    assert Plan.objects.get(version=version).seed == 7
    signed_in(bob).post(address, {"seed": 7})
    assert Plan.objects.count() == 1


def test_a_seed_that_is_none_is_refused_at_its_field(signed_in, bob, version):
    answer = signed_in(bob).post(reverse("curricula:plan", args=[version.pk]), {"seed": "-1"})
    assert answer.context["form"].errors["seed"]
    assert not Plan.objects.exists()


def test_a_viewer_sees_versions_and_starts_nothing(signed_in, vera, version):
    page = signed_in(vera).get(reverse("curricula:version", args=[version.pk])).content.decode()
    for words in ("Resolve plan", "Duplicate", "Train with"):
        assert words not in page
    assert signed_in(vera).post(reverse("curricula:plan", args=[version.pk]), {"seed": 1}).status_code == 403
    assert signed_in(vera).get(reverse("curricula:import", args=[version.curriculum.project_id])).status_code == 403
    assert signed_in(vera).get(reverse("curricula:edit", args=[version.curriculum_id])).status_code == 403
    assert "New curriculum" not in signed_in(vera).get(
        reverse("curricula:list", args=[version.curriculum.project_id])
    ).content.decode()  # fmt: skip


def test_a_version_that_is_no_number_is_passed_by(signed_in, bob, version):
    address = reverse("curricula:edit", args=[version.curriculum_id])
    assert signed_in(bob).get(address, {"from": "\u00b2"}).status_code == 200

"""New work is refused in words while the disk runs low; what is under way goes on."""

import shutil
from collections import namedtuple

import pytest
from django.urls import reverse

from apps.common import disk
from apps.jobs.models import Job
from gradatim.errors import UserError
from tests.apps.jobs.making import claim, job, succeed

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def nearly_full(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**12, 10**12 - 4 * 10**8, 4 * 10**8))


def test_a_new_job_is_refused_with_the_figures_while_a_running_one_ends_well(project, alice, monkeypatch):
    row = job(project, alice)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**12, 10**12 - 4 * 10**8, 4 * 10**8))
    with pytest.raises(UserError, match="nearly full: 400 MB free, and 1 GB is kept"):
        job(project, alice)
    assert Job.objects.get() == row
    succeed(claim())


def test_how_much_is_kept_free_is_a_setting(project, alice, nearly_full, settings):
    settings.DISK_KEPT_FREE = 3 * 10**8
    job(project, alice)
    assert not disk.runs_low()


def test_a_page_says_so_instead_of_breaking(study, signed_in, alice, nearly_full):
    version = study.base.version
    answer = signed_in(alice).post(reverse("curricula:plan", args=[version.pk]), {"seed": 77})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "This could not be done" in page and "nearly full" in page


def test_the_api_says_so_as_a_problem(study, signed_in, alice, nearly_full):
    address = f"/api/v1/curriculum-versions/{study.base.version_id}/plans/"
    answer = signed_in(alice).post(address, '{"seed": 77}', "application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert "nearly full" in answer.json()["detail"]


def test_folders_that_are_not_there_yet_are_measured_where_they_will_be(settings, tmp_path):
    settings.STORAGE_ROOT = settings.JOBS_ROOT = tmp_path / "not" / "yet"
    assert disk.free_bytes() > 0

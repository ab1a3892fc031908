"""PostgreSQL and Valkey for the whole session, started when the first test asks for a database, and a fixed cast.

Alice owns the project, Bob edits it, Vera views it, and Charlie is a stranger, who must see 404.
"""

import gc
import os
import shutil

import hypothesis
import pytest

# How fast the machine is just now says nothing about the code: no deadline, and slow generation is no failure.
hypothesis.settings.register_profile("gradatim", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("gradatim")


#: Tests that share what takes long to start, so that one process does them all; the longest of them first.
SHARED = ("tests/browser/journeys/", "tests/workers/")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for the marks
def pytest_collection_modifyitems(items):
    """Where two processes share the tests, the long ones begin and short ones fill what is left of the time."""

    def place(item):
        if (folder := next(filter(item.nodeid.startswith, SHARED), None)) is not None:
            item.add_marker(pytest.mark.xdist_group(folder))
            return SHARED.index(folder)
        return len(SHARED) + ("tests/browser/" not in item.nodeid)

    items.sort(key=place)


def pytest_collection_finish(session):
    """Modules and tests stay to the end: looking for garbage among them, again and again, took 5 to 10 % of the processor's time of tests of pages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def services(django_db_blocker):
    """Both servers in the session's own folder; one whose address was given from outside is left alone.

    No orphan is left when pytest is killed: the kernel ends both with it.
    """
    from django.conf import settings

    from apps.local import postgres, processes, valkey

    var = settings.TEST_VAR
    running = []
    try:
        if str(var) in os.environ["DATABASE_URL"]:
            database = postgres.prepare(var, fast=True)
            running.append((process := processes.spawn(database.service), database.service))
            postgres.wait(database, process)
        if str(var) in os.environ["BROKER_URL"]:
            broker = valkey.prepare(var, fast=True)
            running.append((process := processes.spawn(broker.service), broker.service))
            valkey.wait(broker, process)
        yield var
    finally:
        for process, service in reversed(running):
            processes.finish(process, stop=service.stop)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services):
    """pytest-django makes its test database after this."""


def pytest_unconfigure(config):
    if folder := os.environ.get("GRADATIM_TEST_VAR"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def own_files(request, tmp_path):
    """Stored files and job folders of a test that has a database are its own."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        settings = request.getfixturevalue("settings")
        settings.STORAGE_ROOT, settings.JOBS_ROOT = tmp_path / "store", tmp_path / "jobs"
        settings.UPLOAD_ROOT = tmp_path / "uploads"


@pytest.fixture
def subprocess_environment(transactional_db, settings):
    """Environment of a worker, server or command that shall see this test's database, broker and files.

    Its connections must have ended with the test: the tables are emptied then.
    """
    from django.db import connection

    head, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"{head}/{connection.settings_dict['NAME']}",
        "STORAGE_ROOT": str(settings.STORAGE_ROOT),
        "JOBS_ROOT": str(settings.JOBS_ROOT),
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium (``make test`` gets one). Without one the test fails; GRADATIM_BROWSER=none skips it aloud."""
    named = os.environ.get("GRADATIM_BROWSER", "")
    if named == "none":
        pytest.skip("GRADATIM_BROWSER=none: tests in a browser are switched off")
    path = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not path:
        pytest.fail("No Chromium was found: run make test, which gets one, or set GRADATIM_BROWSER=/path/to/chromium.")
    return path


def person(name, project=None, role=""):
    from apps.accounts.models import Membership, User

    user = User.objects.create_user(name, f"{name}@example.org", "correct horse battery")
    if project:
        Membership.objects.create(project=project, user=user, role=role)
    return user


@pytest.fixture
def project(db):
    from apps.accounts.models import Project

    return Project.objects.create(name="Replay study")


@pytest.fixture
def alice(project):
    return person("alice", project, "owner")


@pytest.fixture
def bob(project):
    return person("bob", project, "editor")


@pytest.fixture
def vera(project):
    return person("vera", project, "viewer")


@pytest.fixture
def charlie(db):
    return person("charlie")

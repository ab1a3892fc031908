"""What the factories make, made once a session: later tests get a copy of its rows and of its stored files.

A study is hundreds of queries and a dozen tasks of the library; its copy is one ``COPY`` a table. The rows keep their
identifiers, except that the project and its owner are those of the test that asks.
"""

import functools
import shutil
from dataclasses import fields
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from apps.accounts.models import Membership, Project, Role, User
from tests.apps import factories

#: Made by the fixtures of the test that asks.
OWN = {Project, User, Membership}
ROOTS = ("STORAGE_ROOT", "UPLOAD_ROOT")


class _Recorded(Exception):
    """Ends the transaction of a recording: nothing of it stays in the database."""


def data(*, by: User, project: Project, samples: int = 40) -> factories.Data:
    """:func:`factories.data`, copied."""
    return _copy("data", by, project, samples)


def study(*, by: User, project: Project, samples: int = 40) -> factories.Study:
    """:func:`factories.study`, copied."""
    return _copy("study", by, project, samples)


def everything(*, by: User, project: Project, samples: int = 40) -> factories.Study:
    """:func:`factories.everything`, copied."""
    return _copy("everything", by, project, samples)


def _copy(name: str, by: User, project: Project, samples: int):
    recording = _recording(name, samples)
    for root in ROOTS:
        if (files := recording["files"] / root).exists():
            shutil.copytree(files, getattr(settings, root), dirs_exist_ok=True)
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in recording["rows"].items():
            rows = "".join(rows).replace(recording["by"], str(by.pk)).replace(recording["project"], str(project.pk))
            with cursor.copy(f'COPY "{table}" FROM STDIN') as into:
                into.write(rows)
    return recording["made"].__class__(
        **{field.name: _again(getattr(recording["made"], field.name), project) for field in fields(recording["made"])}
    )


def _again(made, project):
    if isinstance(made, list):
        return [_again(row, project) for row in made]
    return project if isinstance(made, Project) else type(made)._base_manager.get(pk=made.pk)


@functools.cache
def _recording(name: str, samples: int) -> dict:
    files = Path(settings.TEST_VAR) / "recorded" / f"{name}-{samples}"
    kept = {"files": files}
    try:
        with transaction.atomic(), override_settings(**{root: files / root for root in ROOTS}):
            by = User.objects.create_user("recorder", "recorder@example.org")
            project = Project.objects.create(name="Recorded")
            Membership.objects.create(project=project, user=by, role=Role.OWNER)
            before = _rows()
            made = getattr(factories, name)(by=by, project=project, samples=samples)
            rows = {table: [row for row in rows if row not in set(before[table])] for table, rows in _rows().items()}
            kept |= {"made": made, "by": str(by.pk), "project": str(project.pk), "rows": rows}
            raise _Recorded
    except _Recorded:
        return kept


def _rows() -> dict[str, list[str]]:
    """Every row of the application, as text, by table; people and projects are made by the test that asks."""
    held = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model.__module__.startswith("apps.") and model not in OWN:
                with cursor.copy(f'COPY "{model._meta.db_table}" TO STDOUT') as out:
                    held[model._meta.db_table] = b"".join(out).decode().splitlines(keepends=True)
    return held

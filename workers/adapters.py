"""The modules of ``JOB_KINDS`` by name: ``prepare(job)``, ``finish(job, artifacts, notes)``, perhaps ``receive(job, events)``."""

import importlib
import importlib.util
from types import ModuleType

from django.conf import settings

from gradatim.errors import UserError


def load(kind: str) -> ModuleType:
    """The adapter of a kind of job; ``UserError`` where this installation has none."""
    for package in settings.JOB_KINDS if kind.isidentifier() else ():
        name = f"{package}.{kind}"
        if importlib.util.find_spec(name):
            return importlib.import_module(name)
    raise UserError(
        f"No worker of this installation can do jobs of the kind “{kind}”: bring it up to date, then try again."
    )

"""Paths and addresses that lead where nothing may be read: refused in words, and recorded."""

from collections.abc import Iterator
from contextlib import contextmanager

from apps.accounts.models import Project, User
from apps.audit.services import record
from gradatim.errors import UserError


class RefusedPath(UserError):
    """``path`` is what was asked for."""

    def __init__(self, sentence: str, *, field: str = "path", path: str):
        super().__init__(sentence, field=field)
        self.path = path


@contextmanager
def recorded(*, project: Project, by: User) -> Iterator[None]:
    """A path that is refused within is recorded. Put it around the transaction, which the refusal rolls back."""
    try:
        yield
    except RefusedPath as error:
        record(kind="path.refused", by=by, project=project, name=error.path, sentence=error.sentence)
        raise

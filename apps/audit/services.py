"""The one writer of the audit. Services call it in their own transaction: what is rolled back was not done."""

from django.db.models import Model

from apps.accounts.models import Project, User
from apps.audit import asking
from apps.audit.kinds import WORDS
from apps.audit.models import Entry


def record(
    *,
    kind: str,
    by: User | None = None,
    project: Project | None = None,
    on: Model | None = None,
    name: str = "",
    sentence: str = "",
    **detail,
) -> None:
    """One INSERT. ``on`` is what it was done to and ``name`` what that is called now; ``detail`` is for programs.

    Address and API token are those of the request that is being answered, if any.
    """
    if kind not in WORDS:
        raise ValueError(f"{kind} is no kind of apps.audit.kinds")
    person = by if by is not None and by.is_authenticated else None
    asked = asking.now()
    Entry.objects.create(
        kind=kind,
        actor=person,
        actor_name=person.username if person else "",
        project=project,
        project_name=project.name if project else "",
        address=_clean(asked.address, 64),
        token=asked.token,
        object_kind=on._meta.model_name if on is not None else "",
        object_id=on.pk if on is not None else None,
        object_name=_clean(name, 200),
        sentence=_clean(sentence, 400),
        detail={key: _clean(value, 1000) if isinstance(value, str) else value for key, value in detail.items()},
    )


def _clean(text: str, most: int) -> str:
    """What PostgreSQL keeps: no NUL, no half of a surrogate pair."""
    return text[:most].encode("utf-8", "replace").decode().replace("\x00", "\ufffd")

"""Folders of the server from which files can be registered: chosen by name, with a path that stays below them.

``DATA_ROOTS`` names them. The worker that imports a file finds it through the same name, so on several machines each name
must lead to the same files on all of them.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.conf import settings

from apps.audit.refusals import RefusedPath
from gradatim.corpora.formats import format_of
from gradatim.errors import UserError

#: Entries of a folder that a page lists.
LISTED = 500
ADDRESS = re.compile(r"^\s*([a-z][a-z0-9+.-]*):(//)?", re.I)
#: What starts with a host's number or a name of a cloud's metadata service is meant as an address.
HOST = re.compile(r"^/*(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]|localhost|metadata(\.[a-z.]+)?)([:/]|$)", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a folder: ``path`` is relative to the root; ``size`` is None for a folder."""

    name: str
    path: str
    size: int | None


def names() -> list[str]:
    return sorted(settings.DATA_ROOTS)


def locate(root: str, path: str) -> Path:
    """The real path of a file or folder below a root; ``UserError`` (field ``root`` or ``path``) says why not.

    What leads elsewhere is a ``RefusedPath``: who asks on somebody's behalf records it.
    """
    if root not in settings.DATA_ROOTS:
        raise UserError("Choose one of the folders that this installation offers.", field="root")
    _refuse_foreign(root, path)
    base = Path(settings.DATA_ROOTS[root]).resolve()
    try:
        found = (base / path).resolve()
        there = found.exists()
    except (OSError, RuntimeError, ValueError):
        raise UserError("This path cannot be followed.", field="path") from None
    if not found.is_relative_to(base):
        _refuse(root, path, f"This path leads out of the folder “{root}”: only what lies below it can be registered.")
    if not there:
        raise UserError(f"There is no “{path}” in the folder “{root}”.", field="path")
    return found


def locate_file(root: str, path: str) -> Path:
    """:func:`locate`, and it is a file."""
    found = locate(root, path)
    if not found.is_file():
        raise UserError(f"“{path}” is a folder, not a file: choose a file in it.", field="path")
    return found


def listing(root: str, path: str) -> list[Entry]:
    """Folders, then files in a format that can be imported, by name; hidden ones and links that lead out left aside."""
    folder = locate(root, path)
    if not folder.is_dir():
        raise UserError(f"“{path}” is not a folder.", field="path")
    base = Path(settings.DATA_ROOTS[root]).resolve()
    entries = []
    for found in sorted(folder.iterdir(), key=lambda entry: (entry.is_file(), entry.name.lower())):
        if found.name.startswith(".") or not found.resolve().is_relative_to(base):
            continue
        relative = (PurePosixPath(path) / found.name).as_posix()
        if found.is_dir():
            entries.append(Entry(found.name, relative, None))
        elif found.is_file() and _readable(found.name):
            entries.append(Entry(found.name, relative, found.stat().st_size))
    return entries[:LISTED]


def _refuse_foreign(root: str, path: str) -> None:
    if not path.isprintable():
        _refuse(root, path, "A path has printable characters only.")
    if (address := ADDRESS.match(path)) and address[1].lower() == "file":
        _refuse(root, path, "An address like file:// is not accepted: give the path below the chosen folder.")
    if address or HOST.match(path):
        _refuse(root, path, "Importing from an address is switched off: download the file, then upload it here.")
    if path.startswith(("/", "~")) or "\\" in path:
        _refuse(root, path, f"Give the path as it is below the folder “{root}”, not an absolute one.")
    if ".." in PurePosixPath(path).parts:
        _refuse(root, path, f"This path leads out of the folder “{root}”: only what lies below it can be registered.")


def _refuse(root: str, path: str, sentence: str) -> None:
    raise RefusedPath(sentence, path=f"{root}: {path}")


def _readable(name: str) -> bool:
    try:
        format_of(name)
    except UserError:
        return False
    return True

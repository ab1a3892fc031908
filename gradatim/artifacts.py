"""Everything large is a folder of files with a manifest, named by the manifest's digest.

A folder is written first and its ``manifest.json`` last: what has a manifest is complete. The manifest lists kind,
meta and every file with size and SHA-256; its canonical bytes give the artifact's digest. A store is a root folder
with ``<kind>/<digest>/`` below it.
"""

import json
import os
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from gradatim import digest as digests
from gradatim.errors import UserError

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Stored:
    """A complete artifact on disk; ``meta`` is what its writer said of it, ``size`` the bytes of its files."""

    kind: str
    digest: str
    path: Path
    meta: dict
    size: int


def seal(folder: Path, kind: str, meta: dict) -> Stored:
    """Write the manifest of a folder whose files are all in place, atomically, and return what it now is."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST):
        _sync(path)
        files[path.relative_to(folder).as_posix()] = {"size": path.stat().st_size, "sha256": digests.of_file(path)}
    data = digests.canonical_json({"kind": kind, "meta": meta, "files": files})
    beside = folder / (MANIFEST + ".part")
    beside.write_bytes(data)
    _sync(beside)
    os.replace(beside, folder / MANIFEST)
    return Stored(kind, digests.of_bytes(data), folder, meta, sum(f["size"] for f in files.values()))


def read(folder: Path) -> Stored:
    """The artifact in a folder, from its manifest alone; ``UserError`` where there is none."""
    try:
        data = (folder / MANIFEST).read_bytes()
        document = json.loads(data)
        size = sum(entry["size"] for entry in document["files"].values())
        return Stored(document["kind"], digests.of_bytes(data), folder, document["meta"], size)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"There is no complete artifact in {folder}: its manifest is missing.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"The manifest in {folder} cannot be read: {error}.") from None


def files(folder: Path) -> dict[str, dict]:
    """The files that the manifest of a complete artifact lists: name -> size and sha256."""
    return json.loads((folder / MANIFEST).read_bytes())["files"]


def verify(folder: Path) -> Stored:
    """:func:`read`, then check every file's size and SHA-256; ``UserError`` names the first that differs."""
    stored = read(folder)
    for name, entry in files(folder).items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != entry["size"] or digests.of_file(path) != entry["sha256"]:
            raise UserError(f"The file {name} of the {stored.kind} {stored.digest[:12]} is missing or damaged.")
    return stored


class Store:
    """Artifacts by kind and digest under one root folder."""

    def __init__(self, root: Path):
        self.root = Path(root)

    def path(self, kind: str, digest: str) -> Path:
        if len(digest) != 64 or not all(c in "0123456789abcdef" for c in digest):
            raise UserError(f"{digest!r} is not a digest: 64 hexadecimal digits are expected.")
        return self.root / kind / digest

    def get(self, kind: str, digest: str) -> Stored:
        folder = self.path(kind, digest)
        if not (folder / MANIFEST).is_file():
            raise UserError(f"The {kind} {digest[:12]} is not in the store {self.root}.")
        return read(folder)

    def put(self, folder: Path) -> Stored:
        """Verify a sealed folder and store it: hard links where the file system allows them, else copies.

        The source folder stays as it is (a child may still resume from its own checkpoint). Storing what is
        already there changes nothing, unless that is damaged; the folder appears under its name complete or not at all.
        """
        stored = verify(folder)
        target = self.path(stored.kind, stored.digest)
        if (target / MANIFEST).is_file() and not _is_whole(target):
            shutil.rmtree(target)
        if not (target / MANIFEST).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{stored.digest}.{uuid.uuid4().hex}")
            try:
                shutil.copytree(folder, beside, copy_function=_link_or_copy)
                os.replace(beside, target)
            except (OSError, shutil.Error):
                shutil.rmtree(beside, ignore_errors=True)
                if not (target / MANIFEST).is_file():
                    raise
        return Stored(stored.kind, stored.digest, target, stored.meta, stored.size)

    def clear_unfinished(self, *, older_than: float) -> int:
        """Remove what a writer that was killed left beside the artifacts, once it is that many seconds old; how many."""
        count = 0
        for beside in self.root.glob("*/.*.*"):
            if beside.is_dir() and time.time() - beside.stat().st_mtime > older_than:
                shutil.rmtree(beside, ignore_errors=True)
                count += 1
        return count


def _is_whole(folder: Path) -> bool:
    try:
        verify(folder)
    except UserError:
        return False
    return True


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())

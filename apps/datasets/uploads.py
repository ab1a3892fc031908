"""Files on their way in: pieces appended at their offset, kept under random names outside every served folder.

The length of the file on disk is how much has arrived, so an upload goes on after a lost piece, a reload or a restart of
the server. Web servers and workers see the same ``UPLOAD_ROOT``; on several machines it is a shared folder.
"""

import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from apps.common.templatetags.ui import size as size_in_words
from gradatim.corpora.formats import format_of
from gradatim.errors import UserError

#: A piece as the page's script sends it, and the most that is taken at once.
PIECE = 8 << 20
LARGEST_PIECE = 16 << 20
#: What stays free on the disk, as a share of the file.
SPARE = 1.05


class CappedUpload(TemporaryFileUploadHandler):
    """Plain posts with files go to disk, not to memory; one that is too large is passed over, ``request.too_large`` set."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self.request.too_large = content_length > settings.UPLOAD_PLAIN_MAX_BYTES + (1 << 20)

    def new_file(self, *args, **kwargs):
        if self.request.too_large:
            raise SkipFile
        super().new_file(*args, **kwargs)


def path_of(key: uuid.UUID) -> Path:
    return Path(settings.UPLOAD_ROOT) / key.hex


def clean_name(name: str) -> str:
    """The file's own name without folders; ``UserError`` (field ``file``) where its format is not known."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    bare = "".join(c for c in bare if c.isprintable())[-200:]
    try:
        format_of(bare)
    except UserError as error:
        raise UserError(error.sentence, field="file") from None
    return bare


def check_size(size: int) -> None:
    """``UserError`` (field ``file``) where there is nothing, or too much."""
    if size < 1:
        raise UserError("The file is empty.", field="file")
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES
        raise UserError(
            f"The file is larger than the {limit / 1e9:g} GB that this installation takes: cut it into parts, or "
            "have it put into a folder of the server.",
            field="file",
        )


def check_room(coming: int, *, promised: int) -> None:
    """``UserError`` (field ``file``) where the disk cannot hold what comes, beside what others were promised."""
    root = Path(settings.UPLOAD_ROOT)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    free = shutil.disk_usage(root).free
    if free >= coming * SPARE + promised:
        return
    others = f", and {size_in_words(promised)} of it belong to uploads that have begun" if promised else ""
    raise UserError(
        f"The server's disk has not enough room for this file: {size_in_words(free)} free{others}. Try again later, or ask "
        "an administrator to make room.",
        field="file",
    )


def received(key: uuid.UUID) -> int:
    """Bytes that have arrived."""
    return arrival(key)[0]


def arrival(key: uuid.UUID) -> tuple[int, float]:
    """(bytes that have arrived, when the last of them did in seconds since the epoch); zeros where nothing has."""
    try:
        found = path_of(key).stat()
    except FileNotFoundError:
        return 0, 0.0
    return found.st_size, found.st_mtime


def append(key: uuid.UUID, data: bytes) -> int:
    """Add a piece at the end; how much there is now."""
    with open(os.open(path_of(key), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "ab") as file:
        file.write(data)
        return file.tell()


def write_all(key: uuid.UUID, chunks: Iterable[bytes]) -> None:
    with open(os.open(path_of(key), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            file.write(chunk)


def remove(key: uuid.UUID) -> None:
    path_of(key).unlink(missing_ok=True)

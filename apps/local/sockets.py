"""A private folder for unix sockets whose path is short enough for the kernel."""

import os
import stat
import tempfile
from pathlib import Path

# sun_path holds 108 bytes with its final zero; the longest name that is put here is ".s.PGSQL.5432".
LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432")


def socket_folder(var: Path) -> Path:
    """``var/run``, or where that path is too long a private folder under /tmp whose name ``var/run-folder`` keeps."""
    folder = var / "run"
    if len(os.fsencode(folder)) <= LONGEST_FOLDER:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        return folder
    note = var / "run-folder"
    if note.is_file() and is_private(kept := Path(note.read_text().strip())):
        return kept
    var.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="gradatim-", dir="/tmp"))
    note.write_text(f"{made}\n")
    return made


def is_private(folder: Path) -> bool:
    """Whether it is a real folder of this user's that nobody else can enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077

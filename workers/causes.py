"""Why a child broke, from what it said last, what is on its standard error, and how full its disk is."""

import errno
import os
import shutil

from apps.jobs import reasons
from gradatim.events import Note
from workers.folder import Folder

#: What programs that are not Python say before they abort for want of memory.
NO_MEMORY = ("std::bad_alloc", "memory allocation of", "MemoryError", "out of memory")
#: With less than this a child could not even have said what is wrong: its words go to the same disk.
NO_ROOM = 64 * 1024


def expected(note: Note | None, folder: Folder) -> str:
    """The sentence where the machine or the numbers were at fault; "" where it is an error of the program."""
    cause, text = (note.data.get("cause"), note.text) if note else ("", folder.stderr_tail())
    if cause == "out_of_memory" or (not note and any(words in text for words in NO_MEMORY)):
        return reasons.OUT_OF_MEMORY
    if cause == "no_threads":
        return reasons.NO_THREADS
    if cause == "nan":
        return reasons.not_a_number(text.removeprefix("FloatingPointError: "))
    if os.strerror(errno.ENOSPC) in text or os.strerror(errno.EDQUOT) in text or (not note and is_full(folder)):
        return reasons.DISK_FULL
    if os.strerror(errno.EFBIG) in text:
        return reasons.FILE_TOO_LARGE
    return ""


def is_full(folder: Folder) -> bool:
    return shutil.disk_usage(folder.path).free < NO_ROOM

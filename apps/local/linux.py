"""The two Linux calls that Python lacks: end with one's parent, and be another user without leaving one's files.

Both are meant to run between fork and exec (``preexec_fn``), in this order: a change of user clears the first. On other
systems :func:`end_with_parent` does nothing; the warden (:mod:`apps.local.warden`) is what remains there.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOBODY = 65534

# Loaded at import, since a child between fork and exec should do as little as it can.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with_parent(signal: int, parent: int) -> None:
    """Let the kernel send ``signal`` to this process when the thread that forked it ends.

    A parent that ended before the call is noticed by its process id, and this process ends too.
    """
    if _libc is None:
        return
    if _libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os._exit(1)


def enter_user_namespace() -> None:
    """Appear as user and group 65534 inside a namespace of one's own; outside, files are still one's own.

    PostgreSQL refuses to be root; so it is nobody to itself, and reads and writes root's 0700 folders all the same.
    """
    if _libc is None:
        raise OSError("user namespaces exist on Linux only")
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(CLONE_NEWUSER) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} {uid} 1"), ("gid_map", f"{NOBODY} {gid} 1")):
        file = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(file, text.encode())
        os.close(file)

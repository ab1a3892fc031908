"""As whom PostgreSQL runs: itself refuses root, so root needs a way to be somebody else.

Tried in order: as oneself; as nobody in a user namespace; as the real user nobody, with binaries and data copied to
where that user can reach them.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from apps.local import linux


@dataclass(frozen=True, slots=True)
class Identity:
    """``home`` is set where neither the binaries nor the data can stay in place: a folder of that user's own."""

    name: str
    become: Callable[[], None] | None = None
    user: int | None = None
    group: int | None = None
    home: Path | None = None


ONESELF = Identity("oneself")
NAMESPACE = Identity("namespace", become=linux.enter_user_namespace)


def dropped(var: Path) -> Identity | None:
    """The real user nobody, where root may become it; its home is named after ``var``."""
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return None
    home = Path("/var/tmp") / f"gradatim-{sha256(os.fsencode(var.resolve())).hexdigest()[:12]}"
    return Identity("dropped", user=nobody.pw_uid, group=nobody.pw_gid, home=home)


def identities(var: Path) -> list[Identity]:
    """What is worth trying on this machine, best first."""
    if os.geteuid() != 0:
        return [ONESELF, NAMESPACE]
    other = dropped(var)
    return [NAMESPACE] + ([other] if other else [])


def can_run(identity: Identity, program: Path) -> str:
    """Empty when ``program --version`` runs under the identity, else why it does not."""
    try:
        done = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=30,
            user=identity.user,
            group=identity.group,
            extra_groups=[] if identity.user is not None else None,
            preexec_fn=identity.become,
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"it ended with code {done.returncode}")


def settle(identity: Identity, install: Path, libraries: Path) -> Path:
    """Copy the binaries to the identity's home (once) and return where they are; without a home they stay."""
    if identity.home is None:
        return install
    home = identity.home
    home.mkdir(mode=0o755, exist_ok=True)
    if home.is_symlink() or home.stat().st_uid not in (0, identity.user):
        raise OSError(f"{home} belongs to somebody else")
    os.chown(home, identity.user, identity.group)
    os.chmod(home, 0o755)
    package = home / install.parent.name
    if not (package / install.name).is_dir():
        fresh = home / "copying"
        shutil.rmtree(fresh, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(install / part, fresh / install.name / part, symlinks=True)
        shutil.copytree(libraries, home / libraries.name, symlinks=True, dirs_exist_ok=True)
        fresh.rename(package)
    return package / install.name

"""How much room is left where artifacts and job folders lie, and the refusal of new work when it runs low."""

import shutil
from pathlib import Path

from django.conf import settings

from apps.common.templatetags.ui import size
from gradatim.errors import UserError


def free_bytes() -> int:
    """What the fuller of the two disks has left; they are often one."""
    return min(shutil.disk_usage(_existing(root)).free for root in (settings.STORAGE_ROOT, settings.JOBS_ROOT))


def runs_low() -> bool:
    return free_bytes() < settings.DISK_KEPT_FREE


def require_room() -> None:
    """``UserError`` where less is free than the installation keeps for what already runs."""
    free = free_bytes()
    if free < settings.DISK_KEPT_FREE:
        raise UserError(
            f"The disk of this installation is nearly full: {size(free)} free, and {size(settings.DISK_KEPT_FREE)} is kept for work "
            "that has begun. Nothing new is started until an administrator makes room."
        )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists: it may not have been made yet."""
    folder = Path(folder).absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())

"""Models named on the command line by their folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gradatim.errors import UserError

if TYPE_CHECKING:
    from gradatim.artifacts import Stored


def read(folder: Path) -> Stored:
    """A checkpoint artifact, or any folder in Hugging Face layout, which then is named by what its files hold."""
    from gradatim import artifacts, digest

    if (folder / artifacts.MANIFEST).is_file():
        stored = artifacts.read(folder)
        if stored.kind != "checkpoint":
            raise UserError(f"{folder} holds a {stored.kind}, not a checkpoint.", field="checkpoint")
        return stored
    if not (folder / "config.json").is_file():
        raise UserError(f"{folder} holds no model: a folder with config.json is expected.", field="checkpoint")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".json", ".safetensors"))
    named = digest.of_document({path.name: digest.of_file(path) for path in files})
    return artifacts.Stored("checkpoint", named, folder, {}, sum(path.stat().st_size for path in files))

"""YAML or JSON documents named on the command line, and the folders that their products go to."""

from pathlib import Path

from gradatim.errors import UserError


def read(path: Path) -> dict:
    """The mapping in a YAML or JSON file; ``UserError`` otherwise."""
    from gradatim import yaml_text

    try:
        document = yaml_text.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, or dates and the like that are none
        raise UserError(f"{path} cannot be read: {error}.") from None
    if not isinstance(document, dict):
        raise UserError(f"{path} holds no mapping of names to values.")
    return document


def seed_of(document: dict) -> int:
    seed = document.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise UserError(f"The seed is a whole number of at least 0, not {seed!r}.", field="seed")
    return seed


def refuse_finished(out: Path, role: str) -> None:
    """``UserError`` where a complete product lies in the output folder: it is never written over."""
    if (out / role / "manifest.json").exists():
        raise UserError(f"{out} holds a finished {role} already: name another output folder.", field="out")

"""What a version comes to before it is trained: how long its phases last, and what repeats or runs out in them."""

import json
from dataclasses import dataclass

from apps.common.remembered import Remembered
from apps.curricula.choices import Choices
from apps.curricula.first_passes import passes_of
from apps.curricula.models import CurriculumVersion
from apps.curricula.preview import preview_of

_FOUND = Remembered(64)


@dataclass(frozen=True, slots=True)
class Outlook:
    """``tokens`` of each phase: its budget, or less where a stream ends it before; ``said``: the preview's warnings."""

    tokens: tuple[int, ...]
    said: tuple[str, ...] = ()


def outlook_of(version: CurriculumVersion, choices: Choices) -> Outlook:
    """The budgets alone while data are being made. What was found is remembered: forms ask at every key that is pressed."""
    budgets = tuple(phase["tokens"] for phase in version.draft["phases"])
    streams = list(passes_of(version, choices))
    if any(stream.waiting for stream in streams):
        return Outlook(budgets)
    key = json.dumps(version.draft, sort_keys=True), tuple(stream.estimated for stream in streams)
    return _FOUND.get(key, lambda: _made(version, choices))


def _made(version: CurriculumVersion, choices: Choices) -> Outlook:
    seen = preview_of(version.draft, choices, drawn=False)
    return Outlook(tuple(max(1, phase.tokens - round(phase.short)) for phase in seen.phases), tuple(seen.warnings))

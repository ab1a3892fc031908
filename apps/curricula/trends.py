"""Which way each stream of a version runs through its scores while its phase is trained."""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.common import lookup
from apps.common.remembered import Remembered
from apps.common.templatetags.ui import score_inside
from apps.curricula.choices import choices_of
from apps.curricula.first_passes import FirstPass, passes_of
from apps.curricula.mixtures import mixtures_of
from apps.curricula.models import CurriculumVersion
from gradatim import guard_rails
from gradatim.errors import UserError

_FOUND = Remembered(256)


@dataclass(frozen=True)
class Trend:
    """Stream ``name`` of phase number ``phase`` (from 0) under the score set that puts it in order."""

    phase: int
    name: str
    value: float
    score: str
    higher_means: str


def trends_of(version: CurriculumVersion) -> Iterator[Trend]:
    """Streams that have scores, and whose data are there. Passes are those of seed 0, as many as the budget needs."""
    choices = choices_of(version.curriculum.project)
    mixtures = mixtures_of(version, choices)
    for stream in passes_of(version, choices):
        mixture = mixtures[stream.phase]
        if mixture and stream.score_set and not stream.waiting:
            try:
                tokens = mixture.mean[stream.name] * version.draft["phases"][stream.phase]["tokens"]
                value = _FOUND.get((stream.key, tokens), lambda stream=stream, tokens=tokens: _trend(stream, tokens))
            except UserError:
                continue  # the version's own page says what cannot be read
            about = score_inside(stream.score_set), stream.score_set.artifact.meta["higher_means"]
            yield Trend(stream.phase, stream.name, value, *about)


def _trend(stream: FirstPass, tokens: float) -> float:
    order = guard_rails.consumed(stream.view(promised=tokens).order, stream.data.lengths, tokens)
    return guard_rails.trend(lookup.scores(stream.score_set.artifact)[order])

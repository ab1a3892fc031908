"""The first passes of a version's streams, every sample of them: what two versions, or an order and a schedule, are compared by.

Previews draw the order of many samples from a random part. Here none is left out, so that two versions are looked at through
the same samples; a million of them are put in order in less than a tenth of a second.
"""

import functools
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from apps.curricula.choices import Choices
from apps.curricula.columns import columns_of
from apps.curricula.models import CurriculumVersion
from apps.datasets.models import DatasetVersion
from apps.scores.models import ScoreSet
from gradatim import preview, specs
from gradatim.errors import UserError
from gradatim.seeds import Seed
from gradatim.streams import Columns

#: Plans are compared under this seed; another one shuffles otherwise, and sorts alike.
SEED = 0
_DIGEST = "0" * 64


@dataclass(frozen=True)
class FirstPass:
    """Stream ``name`` of phase number ``phase`` (from 0). ``waiting``: which data there are none of; ``data`` is then None.

    ``key`` is all that the pass depends on: results are remembered under it.
    """

    phase: int
    name: str
    stream: dict
    version: DatasetVersion | None
    score_set: ScoreSet | None
    waiting: str
    data: Columns | None
    estimated: bool
    key: tuple

    def view(self, promised: float = 0) -> preview.StreamView:
        """Kept samples and order; ``UserError`` where the plan would refuse. Of an ordering that repeats samples the order
        holds the passes of the ``promised`` tokens."""
        seed = Seed(SEED).child(self.phase, self.name)
        return preview.stream_view(self._spec(), self.data, seed, promised=promised, drawn=sys.maxsize)

    def chosen(self) -> preview.Chosen:
        """What it keeps; nothing is put in order for it."""
        return preview.chosen(self._spec(), self.data)

    def _spec(self) -> specs.Stream:
        named = {**self.stream, "dataset": _DIGEST, "scores": _DIGEST if self.score_set else None}
        return specs.parse(specs.Stream, named)


def passes_of(version: CurriculumVersion, choices: Choices) -> Iterator[FirstPass]:
    """All streams of a version, phase by phase. The database is asked once a dataset version, not once a stream."""
    draft = version.draft
    tokenizer = choices.tokenizers.get(draft["tokenizer"])

    @functools.cache
    def columns(dataset: str, scores: str | None) -> tuple[Columns | None, bool, str]:
        row, score_set = choices.versions.get(dataset), choices.score_sets.get(scores or "")
        if not (tokenizer and row and (score_set or not scores)):
            return None, False, "its data are no longer here"
        if not row.artifact:
            return None, False, "its samples are still being imported"
        if score_set and not score_set.artifact:
            return None, False, "its scores are still being computed"
        try:
            return *columns_of(row, tokenizer, score_set), ""
        except UserError as error:
            return None, False, error.sentence.rstrip(".")

    for i, phase in enumerate(draft["phases"]):
        for stream in phase["streams"]:
            dataset, scores = stream["dataset"], stream.get("scores")
            data, estimated, waiting = columns(dataset, scores)
            rows = choices.versions.get(dataset), choices.score_sets.get(scores or "")
            key = (i, json.dumps(stream, sort_keys=True), draft["tokenizer"], estimated)
            yield FirstPass(i, stream["name"], stream, *rows, waiting, data, estimated, key)

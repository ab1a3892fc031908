"""The orders of two versions of a curriculum in one picture, stream by stream."""

from apps.common import lookup
from apps.common.charts import payload
from apps.common.remembered import Remembered
from apps.common.templatetags.ui import score_inside
from apps.curricula.choices import Choices
from apps.curricula.first_passes import FirstPass
from apps.curricula.order_diffs import DataDiff, StreamDiff
from apps.scores.models import ScoreSet
from gradatim.plots import order_preview

#: Streams that one picture holds: beyond four, nobody tells eight lines apart.
MOST = 4
NOTHING = "The orders of these two versions are the same, or their samples have no scores to draw them against."

_BANDS = Remembered(64)


def pictures(found: DataDiff, choices: Choices, old: int, new: int) -> dict:
    """The figure of the streams that differ most. The order of the first version is dotted, that of the second solid; both
    stand against the same scores where they read the same samples."""
    several = len({row.phase for row in found.streams}) > 1
    drawn = [pair for row in found.changed if (pair := _pair(row, choices, several, old, new))]
    records = [record for pair in drawn[:MOST] for record in pair]
    made = payload("order_preview", records, {"band": len(records) <= 2}, live=False) | {"empty": NOTHING}
    for trace in made["figure"]["data"]:
        trace["meta"]["color"], later = divmod(trace["meta"]["color"], 2)
        trace["line"]["dash"] = "solid" if later else "dot"
    if len(drawn) > MOST:
        made["reading"] = f"The {MOST} streams whose samples moved most. {made['reading']}"
    return made


def _pair(row: StreamDiff, choices: Choices, several: bool, old: int, new: int) -> list[dict] | None:
    alike = row.before.version.artifact_id == row.after.version.artifact_id
    later = row.after.score_set or (alike and row.before.score_set) or _oldest(row.after, choices)
    earlier = later if alike else row.before.score_set or _oldest(row.before, choices)
    if not (earlier and later):
        return None
    name = f"{row.phase}: {row.name}" if several else row.name
    sides = (row.before, earlier, old), (row.after, later, new)
    return [_record(side, scores, f"{name}, version {number}") for side, scores, number in sides]


def _record(side: FirstPass, score_set: ScoreSet, name: str) -> dict:
    def bands() -> dict:
        return order_preview.bands_of(lookup.scores(score_set.artifact)[side.view().order])

    order = _BANDS.get((side.key, score_set.artifact_id), bands)
    name = f"{name} by {score_inside(score_set)}"
    return {"id": name, "name": name, "series": {}, "phases": [], "order": order}


def _oldest(side: FirstPass, choices: Choices) -> ScoreSet | None:
    sets = (row for row in choices.score_sets.values() if row.version_id == side.version.pk and row.artifact)
    return next(sets, None)

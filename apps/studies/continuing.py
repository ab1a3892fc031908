"""What studies that go on from a trained run share: what can be forgotten, what is new, and the re-warming control."""

from collections.abc import Sequence

from apps.curricula import services as curricula
from apps.datasets.models import DatasetVersion
from apps.runs import controls
from apps.runs.models import Run
from apps.studies.designs import Arm
from gradatim.errors import Unsized, UserError


def old_streams(base: Run, new: DatasetVersion, field: str = "dataset") -> list[tuple[dict, float]]:
    """The streams that can be forgotten with their shares: those that the base ended with, without their orders."""
    try:
        weights = controls.weights_at_the_end(base)
    except Unsized:
        raise UserError(f"The mixture of {base.name} follows sizes that its plan does not say.", field="base") from None
    kept = [
        (stream, weights[stream["name"]])
        for stream in base.version.draft["phases"][-1]["streams"]
        if stream["dataset"] != str(new.pk) and weights[stream["name"]] > 0
    ]
    if not kept:
        raise UserError(f"{base.name} learned nothing but this dataset: there is nothing to replay.", field=field)
    total = sum(weight for _, weight in kept)
    return [(_in_random_order(stream), weight / total) for stream, weight in kept]


def _in_random_order(stream: dict) -> dict:
    """The same samples. A part of a sorted stream would be its easy ones."""
    keys = ("name", "dataset", "domains", *(("scores", "selection") if stream.get("selection") else ()))
    return {key: stream[key] for key in keys if stream.get(key)} | {"ordering": {"method": "shuffle"}}


def new_stream(base: Run, new: DatasetVersion) -> dict:
    """The new data in random order, named as the base called them where that knew them."""
    streams = base.version.draft["phases"][-1]["streams"]
    known = next((stream["name"] for stream in streams if stream["dataset"] == str(new.pk)), "new")
    taken = {stream["name"] for stream in streams if stream["dataset"] != str(new.pk)}
    name = next(name for name in (known, *(f"new-{i}" for i in range(2, 1000))) if name not in taken)
    return {"name": name, "dataset": str(new.pk), "ordering": {"method": "shuffle"}}


def control(base: Run, tokens: int, recipe: dict) -> Arm:
    """The re-warming control, told by what it is as everywhere else."""
    draft = controls.draft_of(base, [{"name": "main", "tokens": tokens}])
    notes = (
        "The schedule of this study on its base's own mixture: what warming the learning rate up again does by itself."
    )
    name = controls.name_of(base)
    return Arm(name, controls.curriculum_name(base, draft), draft, recipe, base, notes, (controls.TAG,))


def measured_on(base: Run, new: Sequence[DatasetVersion]) -> tuple[DatasetVersion, ...]:
    """All that the base learned and all that is new."""
    rows = [*curricula.datasets_of(base.version), *new]
    return tuple({row.pk: row for row in rows}.values())

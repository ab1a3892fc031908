"""What studies that go on from a trained run share: what can be forgotten, what is new, and the re-warming control."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import Project
from apps.curricula import services as curricula
from apps.datasets.models import DatasetVersion
from apps.runs import controls
from apps.runs.models import Run
from apps.runs.series import group_names
from apps.studies import asked
from apps.studies.designs import Arm
from gradatim.errors import Unsized, UserError


@dataclass(frozen=True, slots=True)
class Begun:
    """``base`` stands for all of ``bases``, where each seed has its own; ``called``: what they are called. ``stored``: the parameters that say so."""

    base: Run
    seeds: tuple[int, ...]
    bases: dict[int, Run]
    called: str
    stored: dict


def begun(project: Project, params: Any) -> Begun:
    """Where the seeds of a study go on from, by its ``base``, ``seeds``, ``bases`` and ``own_bases``."""
    base, seeds, bases = asked.base_of(project, params.base), asked.seeds_of(params.seeds), {}
    if params.bases:
        bases = asked.named_bases(project, params.bases, list(dict.fromkeys(params.seeds)))
        if base not in bases.values():
            raise UserError(f"{base.name} is not among the bases.", field="base")
    elif params.own_bases:
        bases = asked.own_bases(project, base, seeds)
    base = bases.get(seeds[0], base)
    own = {"bases": [str(bases[seed].pk) for seed in seeds]} if bases else {}
    called = group_names(list(bases.values()))[0] if bases else base.name
    return Begun(base, seeds, bases, called, {"base": str(base.pk), "seeds": list(seeds)} | own)


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


def control(begun: Begun, tokens: int, recipe: dict) -> Arm:
    """The re-warming control, told by what it is as everywhere else."""
    base = begun.base
    draft = controls.draft_of(base, [{"name": "main", "tokens": tokens}])
    notes = (
        "The schedule of this study on its base's own mixture: what warming the learning rate up again does by itself."
    )
    name = f"{controls.NAME}: {begun.called} again"
    return Arm(name, controls.curriculum_name(base, draft), draft, recipe, base, notes, (controls.TAG,))


def measured_on(base: Run, new: Sequence[DatasetVersion]) -> tuple[DatasetVersion, ...]:
    """All that the base learned and all that is new."""
    rows = [*curricula.datasets_of(base.version), *new]
    return tuple({row.pk: row for row in rows}.values())

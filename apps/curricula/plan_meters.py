"""The guideline meters of finished plans, in the batches of a run. Number of queries: constant in the number of plans."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.accounts.models import Project
from apps.common import lookup
from apps.common.remembered import Remembered
from apps.common.templatetags.ui import score_name
from apps.curricula.columns import domains_of
from apps.curricula.models import Plan
from apps.datasets.models import DatasetVersion
from apps.scores.models import ScoreSet
from gradatim.meters.plans import PlanMeters, Source, of_plan
from gradatim.plans import Plan as PlanFile

#: A batch as a recipe has it that says nothing of it.
BATCH_SIZE, CONTEXT = 16, 128

#: a finished plan, sequences in a batch, tokens in a sequence
Asked = tuple[Plan, int, int]

_KNOWN = Remembered(256)


@dataclass(frozen=True, slots=True)
class Measured:
    """A plan's meters ``by`` these score sets, in batches of ``batch_size`` sequences of ``context`` tokens.

    ``unscored`` names the streams that have no scores; ``lacking`` is the dataset version of the first of them.
    """

    plan: Plan
    batch_size: int
    context: int
    meters: PlanMeters
    by: list[str]
    unscored: list[str]
    lacking: DatasetVersion | None

    @property
    def notes(self) -> list[str]:
        """What must be known to read the numbers."""
        found, said = self.meters, []
        if not self.by:
            return said
        if len(self.by) > 1:
            said.append(
                "Streams have different score sets: a sample's percentile is that among the samples of its own."
            )
        if self.unscored:
            streams = ", ".join(self.unscored)
            said.append(f"Without scores, and so not counted: {streams}.")
        if found.sampled:
            said.append(f"Measured on a random part of {found.overall.samples:,} samples, in the batches of all.")
        if found.left_out:
            more = f"{found.left_out:,} smaller domain{' is' if found.left_out == 1 else 's are'}"
            said.append(f"Only the largest domains are measured by themselves; {more} left out.")
        return said


def measure_plans(plans: Sequence[Asked], *, project: Project, score_set: ScoreSet | None = None) -> list[Measured]:
    """Meters of finished plans of one project, each with its batch size and context: see :func:`measurements`."""
    return [measure() for measure in measurements(plans, project=project, score_set=score_set)]


def measurements(
    plans: Sequence[Asked], *, project: Project, score_set: ScoreSet | None = None
) -> list[Callable[[], Measured]]:
    """What measures each of the plans when it is called; the database has been asked by then, once for all.

    A stream is measured by its own score set; without one, or where ``score_set`` is of its samples, by that one or the oldest
    finished one of its dataset version. Called, ``UserError`` where a phase plans less than a batch, or the store lacks a file.
    """
    drafts = [_streams(plan) for plan, _, _ in plans]
    wanted = {stream["dataset"] for streams in drafts for stream in streams}
    rows = DatasetVersion.objects.filter(dataset__project=project).select_related("dataset", "artifact")
    versions = {str(row.pk): row for row in rows if str(row.pk) in wanted}
    sets = ScoreSet.objects.filter(version__in=list(versions), artifact__isnull=False).order_by("created_at")
    sets = list(sets.select_related("artifact"))
    made = []
    for (plan, *batch), streams in zip(plans, drafts, strict=True):
        chosen = [_scores_for(stream, sets, versions, score_set) for stream in streams]
        made.append(functools.partial(_measured, plan, chosen, versions, *batch))
    return made


def _streams(plan: Plan) -> list[dict]:
    return [stream for phase in plan.version.draft["phases"] for stream in phase["streams"]]


def _scores_for(stream: dict, sets: list[ScoreSet], versions: dict, given: ScoreSet | None) -> ScoreSet | None:
    version = versions.get(stream["dataset"])
    if given and version and version.artifact_id == given.version.artifact_id:
        return given
    own = stream.get("scores")
    mine = (row for row in sets if (str(row.pk) == own if own else str(row.version_id) == stream["dataset"]))
    return next(mine, None)


def _measured(plan: Plan, chosen: list[ScoreSet | None], versions: dict, batch_size: int, context: int) -> Measured:
    streams = _streams(plan)
    rows = [versions.get(stream["dataset"]) for stream in streams]
    key = (plan.artifact.digest, *(row and row.artifact.digest for row in chosen), batch_size, context)

    def made() -> PlanMeters:
        sources = [_source(*pair) for pair in zip(rows, chosen, strict=True)]
        return of_plan(PlanFile(lookup.folder(plan.artifact)), sources, batch_size=batch_size, context=context)

    by = list(dict.fromkeys(score_name(row) for row in chosen if row))
    unscored = [k for k, row in enumerate(chosen) if not row]
    names = list(dict.fromkeys(streams[k]["name"] for k in unscored))
    lacking = next((rows[k] for k in unscored if rows[k]), None)
    return Measured(plan, batch_size, context, _KNOWN.get(key, made), by, names, lacking)


def _source(version: DatasetVersion | None, score_set: ScoreSet | None) -> Source | None:
    if not (version and version.artifact and score_set):
        return None
    codes, names = domains_of(version)
    return Source(score_set.artifact.digest, lookup.scores(score_set.artifact), codes, names)

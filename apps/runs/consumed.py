"""Reads on what a run consumed: the samples of a step in their order, what is said of them, and whether it is certified."""

from dataclasses import dataclass

import numpy as np
from django.core.paginator import Page, Paginator

from apps.common import lookup
from apps.datasets.models import DatasetVersion, TokenizedVersion
from apps.datasets.selectors import clipped
from apps.metrics import selectors as metrics
from apps.runs.models import Run
from apps.runs.selectors import document_of
from apps.scores.models import ScoreSet
from gradatim import chain
from gradatim.corpora.tokens import Tokens
from gradatim.errors import UserError
from gradatim.packing import Packing, Pieces
from gradatim.plans import Plan

PAGE = 50
LOSS = "train/loss"
#: Sharp rises that are named, and over how many losses before it a rise is measured.
RISES, BEFORE = 5, 9


@dataclass(frozen=True, slots=True)
class Taken:
    """A sample of a step. ``tokens`` of its ``length`` are in this step, ``skipped`` were in steps before.

    ``epoch`` is the pass of its stream, from 1. ``scores``: (score set, score, whether the stream is ordered by it).
    """

    place: int
    stream: str
    version: DatasetVersion
    epoch: int
    tokens: int
    skipped: int
    length: int
    row: dict
    scores: list[tuple[ScoreSet, float, bool]]

    @property
    def left(self) -> int:
        """Tokens that the next step takes."""
        return self.length - self.skipped - self.tokens


@dataclass(frozen=True, slots=True)
class Step:
    """Update ``number`` (from 1) of ``steps``: its samples, a page of them, and the losses around it.

    ``before``: tokens that the run had seen. ``certified``: whether the trainer's certificate has exactly these samples for this
    step; None where there is no certificate. ``rises``: (step, by how much) of the sharpest rises of the loss.
    """

    number: int
    steps: int
    phase: str
    before: int
    samples: int
    page: Page
    taken: list[Taken]
    losses: dict[int, float]
    rises: list[tuple[int, float]]
    certified: bool | None

    @property
    def loss(self) -> float | None:
        return self.losses.get(self.number)

    @property
    def change(self) -> float | None:
        """Against the step before."""
        last = self.losses.get(self.number - 1)
        return None if self.loss is None or last is None else self.loss - last


def packing_of(run: Run) -> Packing:
    """How the trainer cuts the run's plan into steps; ``UserError`` before there is a plan and a frozen recipe."""
    if not run.document or not run.plan.artifact:
        raise UserError("The samples of a step are known once the run has started and its plan is made.")
    recipe = document_of(run)["recipe"]
    plan = Plan(lookup.folder(run.plan.artifact))
    return Packing(plan, batch_size=recipe.get("batch_size", 16), context=recipe.get("context", 128))


def step_of(run: Run, packing: Packing, number: int, page: str | int = 1) -> Step:
    """Queries do not grow with the samples of the step."""
    pieces = packing.pieces(number - 1)
    shown = Paginator(range(len(pieces.samples)), PAGE).get_page(page)
    losses = _losses(run)
    return Step(
        number=number,
        steps=packing.steps,
        phase=packing.phase_of(number - 1).name,
        before=(number - 1) * packing.batch_size * packing.context,
        samples=len(pieces.samples),
        page=shown,
        taken=_taken(run, packing.plan, pieces, np.asarray(shown.object_list, np.int64)),
        losses=losses,
        rises=_rises(losses, packing.steps),
        certified=_certified(run, packing.plan, pieces, number),
    )


def certificate_links(run: Run) -> list[str]:
    """The certificate's hash of every step; empty where its file is not there."""
    file = _certificate_file(run)
    return file.read_text(encoding="ascii").split() if file else []


def _taken(run: Run, plan: Plan, pieces: Pieces, places: np.ndarray) -> list[Taken]:
    indices = pieces.samples[places]
    streams, positions = plan.stream[indices], plan.position[indices].astype(np.int64)
    drafted = [entry for phase in run.version.draft["phases"] for entry in phase["streams"]]
    rows = DatasetVersion.objects.filter(pk__in=[entry["dataset"] for entry in drafted])
    versions = {str(row.pk): row for row in rows.select_related("dataset", "artifact")}
    sets: dict = {}
    scored = ScoreSet.objects.filter(version__in=versions, artifact__isnull=False).select_related("artifact")
    for row in scored.order_by("created_at"):
        sets.setdefault(str(row.version_id), []).append(row)
    found: dict[int, Taken] = {}
    for key, version in versions.items():
        inside = np.flatnonzero(np.isin(streams, [k for k, e in enumerate(drafted) if str(e["dataset"]) == key]))
        at = positions[inside]
        own = sets.get(key, [])
        scores = [lookup.scores(row.artifact)[at].tolist() for row in own]
        for j, (k, sample) in enumerate(
            zip(inside.tolist(), lookup.dataset(version.artifact).rows_at(at), strict=True)
        ):
            place, index, entry = int(places[k]), int(indices[k]), drafted[int(streams[k])]
            by = [(row, s[j], str(row.pk) == str(entry.get("scores"))) for row, s in zip(own, scores, strict=True)]
            found[k] = Taken(
                place=place + 1,
                stream=entry["name"],
                version=version,
                epoch=int(plan.epoch[index]) + 1,
                tokens=int(pieces.tokens[place]),
                skipped=int(pieces.skipped[place]),
                length=int(plan.tokens[index]),
                row=clipped(sample),
                scores=sorted(by, key=lambda entry: not entry[2]),
            )
    return [found[k] for k in sorted(found)]


def _losses(run: Run) -> dict[int, float]:
    read = metrics.read([run.pk], [LOSS], max_points=None).get((run.pk, LOSS))
    if read is None:
        return {}
    finite = np.isfinite(read.points.values)
    return dict(zip(read.points.steps[finite].tolist(), read.points.values[finite].tolist(), strict=True))


def _rises(losses: dict[int, float], steps: int) -> list[tuple[int, float]]:
    """The steps whose loss is furthest above the median of those before it, the sharpest first."""
    at, values = np.array(list(losses), np.int64), np.array(list(losses.values()))
    if len(values) <= BEFORE:
        return []
    usual = np.median(np.lib.stride_tricks.sliding_window_view(values, BEFORE)[:-1], axis=1)
    rises, at = values[BEFORE:] - usual, at[BEFORE:]
    order = [k for k in np.argsort(-rises, kind="stable")[: 2 * RISES] if rises[k] > 0 and at[k] <= steps]
    return [(int(at[k]), float(rises[k])) for k in order[:RISES]]


def _certified(run: Run, plan: Plan, pieces: Pieces, number: int) -> bool | None:
    file = _certificate_file(run)
    digests = {stream["dataset"] for stream in plan.streams}
    rows = TokenizedVersion.objects.filter(
        version__artifact__digest__in=digests,
        tokenizer__artifact__digest=plan.meta.get("tokenizer"),
        artifact__isnull=False,
        version__dataset__project=run.project_id,
    )
    artifacts = {row.artifact.meta["dataset"]: row.artifact for row in rows.select_related("artifact")}
    if file is None or digests - artifacts.keys():
        return None
    with file.open(encoding="ascii") as lines:
        lines.seek(max(0, number - 2) * 65)  # a hash and a line's end, each
        previous = "" if number == 1 else lines.readline().strip()
        link = lines.readline().strip()
    tokens = {digest: Tokens(lookup.folder(artifact)) for digest, artifact in artifacts.items()}
    return chain.link_of(previous, plan, tokens, pieces) == link


def _certificate_file(run: Run):
    if not run.certificate_file:
        return None
    file = lookup.folder(run.certificate_file) / chain.FILE
    return file if file.is_file() else None

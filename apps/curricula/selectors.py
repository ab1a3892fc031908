"""Reads on curricula: a version in words, its mixture in tokens, its plans and what they look like."""

import json

import numpy as np
from django.core.paginator import Page
from django.db.models import QuerySet

from apps.accounts.models import Project
from apps.common import lookup, methods
from apps.common.templatetags.ui import percent, score_inside
from apps.curricula import bands
from apps.curricula.choices import choices_of
from apps.curricula.mixtures import in_words, mixtures_of
from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.scores.models import ScoreSet
from gradatim import specs, yaml_text
from gradatim.mixtures import Mixture
from gradatim.plans import Plan as PlanFile
from gradatim.plots import mixture, order_preview

#: Samples of a stream's order that the preview reads at most, evenly spaced.
PREVIEWED = 1_000_000
NO_SCORES = "No sample of these streams has been scored yet, so there is nothing to show the order against."


def curricula_of(project: Project) -> QuerySet[Curriculum]:
    """All curricula with their versions, by name."""
    return project.curricula.prefetch_related("versions__runs", "versions__plans").order_by("name")


def with_newest(curricula: Page) -> Page:
    """Each with its newest version, and the number of runs that use any version."""
    for curriculum in curricula:
        versions = sorted(curriculum.versions.all(), key=lambda version: version.number)
        curriculum.newest = versions[-1] if versions else None
        curriculum.version_count = len(versions)
        curriculum.run_count = sum(len(version.runs.all()) for version in versions)
    return curricula


def described(version: CurriculumVersion) -> dict:
    """The version in words: ``tokenizer``, ``tokens`` and ``phases``; streams link to the rows that the draft names."""
    draft, project = version.draft, version.curriculum.project
    streams = [stream for phase in draft["phases"] for stream in phase["streams"]]
    versions = DatasetVersion.objects.filter(dataset__project=project).select_related("dataset")
    versions = {str(row.pk): row for row in versions.filter(pk__in={s["dataset"] for s in streams})}
    sets = ScoreSet.objects.filter(version__dataset__project=project)
    sets = {str(row.pk): row for row in sets.filter(pk__in={s["scores"] for s in streams if s.get("scores")})}
    colors = _colors(streams)
    return {
        "tokenizer": Tokenizer.objects.filter(project=project, pk=draft["tokenizer"]).first(),
        "tokens": sum(phase["tokens"] for phase in draft["phases"]),
        "phases": [
            _phase(phase, mixture, versions, sets, colors)
            for phase, mixture in zip(draft["phases"], mixtures_of(version, choices_of(project)), strict=True)
        ],
    }


def yaml_of(version: CurriculumVersion) -> str:
    """The frozen document as YAML, in the order in which a person reads it; the same digest when it is read again."""
    document = specs.Curriculum.model_validate(json.loads(version.document)).model_dump(mode="json")
    return yaml_text.dump(document)


def plan_in_words(plan: Plan) -> str:
    if plan.artifact_id:
        return f"The plan under seed {plan.seed} is there already."
    return f"The plan under seed {plan.seed} is in the queue."


def plans_of(version: CurriculumVersion):
    return version.plans.select_related("job", "artifact").order_by("seed")


def mixture_record(plan: Plan) -> dict:
    """What the mixture of a finished plan is drawn from."""
    file = PlanFile(lookup.folder(plan.artifact))
    return mixture.record_of_plan(str(plan.pk), f"seed {plan.seed}", file.phases, file.shares())


def in_stream_colors(figure: dict, version: CurriculumVersion) -> dict:
    """The mixture's figure with the colours that the page's own bars give to the streams, whatever their phase."""
    colors = _colors([stream for phase in version.draft["phases"] for stream in phase["streams"]])
    for trace in figure["data"]:
        stream = trace["name"].rpartition(", ")[0].rpartition("/")[2]
        trace["meta"]["color"] = colors.get(stream, 1) - 1
    return figure


def mixture_reading(plan: Plan) -> str:
    """What a plan gives each stream of each phase, beside what was asked for."""
    parts = []
    for phase in plan.artifact.meta["phases"]:
        shares = [
            f"{name} {percent(share)} of the tokens (asked for {percent(phase['weights'].get(name))})"
            for name, share in phase["consumed"].items()
        ]
        parts.append(f"{phase['name']}: {', '.join(shares)}")
        for out in phase.get("ran_out", []):
            then = "the phase ends there" if out["then"] == "stop" else "the others took its share"
            parts.append(f"{out['stream']} ran out after {out['tokens']:,} tokens of {phase['name']}, {then}")
    return f"{'; '.join(parts)}."


def order_records(plan: Plan) -> list[dict]:
    """Per stream of a finished plan: its samples' scores in consumption order, under the stream's own score set.

    A stream without one is shown under the oldest finished score set of its dataset, and left out where there is none.
    """
    file = PlanFile(lookup.folder(plan.artifact))
    drafted = [stream for phase in plan.version.draft["phases"] for stream in phase["streams"]]
    column = np.asarray(file.stream)
    records = []
    for k, (entry, stream) in enumerate(zip(file.streams, drafted, strict=True)):
        score_set = _scores_for(stream)
        if not score_set:
            continue
        positions = file.position[column == k] if len(file.streams) > 1 else np.asarray(file.position)
        positions = positions[:: -(-len(positions) // PREVIEWED)] if len(positions) > PREVIEWED else positions
        values = lookup.scores(score_set.artifact)[positions]
        name = f"{entry['name']} by {score_inside(score_set)}"
        if len(file.phases) > 1:
            name = f"{file.phases[entry['phase']]['name']}: {name}"
        records.append(
            {"id": str(k), "name": name, "series": {}, "phases": [], "order": order_preview.bands_of(values)}
        )
    return records


def _scores_for(stream: dict) -> ScoreSet | None:
    rows = ScoreSet.objects.filter(version_id=stream["dataset"], artifact__isnull=False).select_related("artifact")
    own = stream.get("scores")
    return rows.filter(pk=own).first() if own else rows.order_by("created_at").first()


def _colors(streams: list[dict]) -> dict[str, int]:
    """Number of the chart colour (from 1) of each stream's name, in order of first appearance."""
    return {name: k % 8 + 1 for k, name in enumerate(dict.fromkeys(stream["name"] for stream in streams))}


def _phase(phase: dict, mixture: Mixture | None, versions: dict, sets: dict, colors: dict) -> dict:
    """``mixture`` None: its method is not installed, or waits for data."""
    call = phase.get("mixture") or {"method": "static"}
    shares = mixture.mean if mixture else {}
    streams = [
        {
            **{key: stream.get(key) for key in ("name", "domains", "epochs", "exhausted", "jitter_window", "jitter")},
            "version": versions.get(stream["dataset"]),
            "score_set": sets.get(stream.get("scores") or ""),
            "selection": _method("selections", stream.get("selection")),
            "ordering": _method("orderings", stream.get("ordering") or {"method": "shuffle"}),
            "share": shares.get(stream["name"]),
            "tokens": phase["tokens"] * shares.get(stream["name"], 0),
            "color": colors[stream["name"]],
        }
        for stream in phase["streams"]
    ]
    left = 0.0
    for stream in streams:
        stream["left"], left = left, left + (stream["share"] or 0)
    about = {"name": phase["name"], "tokens": phase["tokens"], "mixture": in_words(call), "streams": streams}
    changes = bool(mixture and not mixture.constant)
    return about | {"changing": bands.drawn([phase], [mixture], [1], [1.0], colors) if changes else None}


def _method(family: str, call: dict | None) -> dict | None:
    return methods.described(family, call["method"], call.get("params")) if call else None

"""Reads on runs. Queries here are constant in the number of runs; what is derived from one row takes the row."""

import json
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from apps.accounts.models import User
from apps.metrics import selectors as metrics
from apps.runs.models import Run
from gradatim import yaml_text

_RELATED = ("project", "job", "version__curriculum", "plan__artifact", "base", "checkpoint")


def visible_run(*, user: User, run_id: UUID) -> Run:
    return get_object_or_404(Run.objects.visible_to(user).select_related(*_RELATED), pk=run_id)


def filtered_runs(*, user: User, project: str | None = None) -> QuerySet[Run]:
    """Every run that a user may see, newest first; of one project where its id is given."""
    runs = Run.objects.visible_to(user).select_related(*_RELATED).order_by("-created_at")
    if not project:
        return runs
    try:
        return runs.filter(project=UUID(project))
    except ValueError:
        return runs.none()


def for_comparison(runs: QuerySet[Run], ids: Iterable, *, missing_ok: bool = False) -> list[Run]:
    """The runs with these ids out of those that may be seen, in the order of the ids; 404 where one is not among them."""
    ids = [str(key) for key in ids]
    found = {str(run.pk): run for run in runs.filter(pk__in=ids).select_related(*_RELATED)}
    if not missing_ok and len(found) < len(set(ids)):
        raise Http404
    return [found[key] for key in dict.fromkeys(ids) if key in found]


def document_of(run: Run) -> dict:
    """The frozen document, or what is known of it before the run's job has filled it in."""
    if run.document:
        return json.loads(run.document)
    version = run.version
    curriculum = json.loads(version.document) if version.document else version.draft
    return {"curriculum": curriculum, "recipe": run.recipe, "seed": run.seed}


def yaml_of(run: Run) -> str:
    """The run's document as YAML: what ``gradatim train`` takes. Empty before the document is frozen."""
    return yaml_text.dump(json.loads(run.document)) if run.document else ""


def model_of(run: Run) -> str:
    """The model in a few words, its number of weights where training has counted them."""
    model = run.recipe.get("model") or {}
    if run.trained_elsewhere:
        return str(run.recipe.get("architecture") or "elsewhere")[:40]
    name = model.get("preset") or ("a local model" if model.get("folder") else "as its base")
    weights = run.checkpoint.meta.get("parameters") if run.checkpoint else None
    return f"{name}, {weights / 1e6:.3g} M" if weights else name


def phases_of(run: Run) -> list[dict]:
    """Phases in order, each with ``name`` and ``start`` and ``stop`` in tokens since this run's own beginning.

    The plan says what is really consumed; before there is one, the budgets do.
    """
    planned = (run.plan.artifact.meta.get("phases") if run.plan.artifact else None) or []
    phases = planned or document_of(run)["curriculum"]["phases"]
    spans, start = [], 0
    for phase in phases:
        tokens = phase.get("planned_tokens") or phase.get("budget_tokens") or phase.get("tokens") or 0
        spans.append({"name": phase["name"], "start": start, "stop": start + tokens})
        start += tokens
    return spans


def shifts_of(run: Run) -> list[int]:
    """Where the diet changes, in tokens since the run's beginning: a continuation's start, and every later phase's."""
    starts = [phase["start"] for phase in phases_of(run)]
    return starts if run.base_id else starts[1:]


def siblings_of(run: Run) -> list[UUID]:
    """The runs of the project that continue from the same base, this one among them, in the order of their making."""
    if not run.base_id:
        return []
    rows = Run.objects.filter(project_id=run.project_id, base_id=run.base_id).order_by("created_at")
    return list(rows.values_list("pk", flat=True)[:50])


def verdict_of(run: Run) -> dict:
    """What the certificate says: ``state`` is pending, equal or different, ``sentence`` is for people."""
    certificate = run.certificate or {}
    if not certificate:
        sentence = "The certificate comes when the run has finished." if not run.job.is_over else "No certificate."
        return {"state": "pending", "sentence": sentence}
    steps = certificate.get("steps")
    if certificate.get("matches"):
        return {"state": "equal", "sentence": f"Consumed = planned in all {steps:,} steps."}
    first = certificate.get("first_difference")
    return {"state": "different", "sentence": f"Step {first:,} is the first that consumed something else than planned."}


def metric_rows(run: Run) -> Iterator[list]:
    """Every point of every series for CSV, with its header; one series in memory at a time."""
    yield ["metric", "step", "tokens", "time", "value"]
    for name in metrics.names([run.pk]):
        points = metrics.read([run.pk], [name], max_points=None)[run.pk, name].points
        columns = (points.steps.tolist(), points.tokens.tolist(), points.times.tolist(), points.values.tolist())
        for step, tokens, time, value in zip(*columns, strict=True):
            yield [name, step, tokens, f"{time:.3f}", value]

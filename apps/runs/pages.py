"""What a run's page shows, put together from the run and its job."""

import json
import os
from collections.abc import Mapping

from django.urls import reverse
from django.utils.http import urlencode

from apps.accounts.models import Project, User
from apps.evaluations.models import Suite
from apps.jobs.models import Status
from apps.jobs.pages import poll_of, wait_of
from apps.metrics import selectors as metrics
from apps.runs import checkpoints, controls, marks
from apps.runs.models import Run
from apps.runs.rates import in_words
from apps.runs.selectors import document_of, phases_of, shifts_of, siblings_of, verdict_of
from gradatim import averaging, registry, specs

AXES = (
    ("tokens", "Tokens"),
    ("steps", "Steps"),
    ("samples", "Samples"),
    ("time", "Hours since the start"),
    ("clock", "Time of day (UTC)"),
)
SCALES = (
    ("linear", "Linear"),
    ("log", "Log, vertical"),
    ("log_x", "Log, horizontal"),
    ("log_both", "Log, both"),
)
SMOOTHINGS = (("off", "Off"), ("1", "1 %"), ("3", "3 %"), ("10", "10 %"))
#: where held-out samples have prompts
ANSWERS = "answer-loss"
#: (name of the figure, title, size, what it needs to be said)
FIGURES = (
    (
        "training-loss",
        "Training loss",
        "",
        "Mean loss of each step's tokens, in nats. Dotted lines are phase starts. Click a point to read its samples.",
    ),
    (
        "evaluation-loss",
        "Evaluation loss",
        "",
        "On each domain's held-out samples, before the first update and since; with open markers of averaged weights.",
    ),
    (
        ANSWERS,
        "Loss on answers",
        "",
        "On each domain's held-out samples with a prompt: the mean over the tokens of their answers alone.",
    ),
    ("mixture", "Mixture", "", "Share of each phase's tokens so far by stream: dashed as planned, solid as consumed."),
    ("learning-rate", "Learning rate", "", "As the recipe's schedule sets it at each step."),
)

#: of a run that is trained elsewhere
UNSEEN = ("mixture",)


def run_page(run: Run, query: Mapping[str, str], user: User) -> dict:
    axis = query.get("axis") if query.get("axis") in dict(AXES) else "tokens"
    phases = phases_of(run)
    asked = urlencode({"axis": axis, **{key: query[key] for key in ("scale", "smoothing") if query.get(key)}})
    return {
        "run": run,
        "project": run.project,
        "job": run.job,
        "starred": bool(marks.starred_of(user=user, run_ids=[run.pk])),
        "poll": poll_of([run.job]),
        **wait_of(run.job),
        "axis": axis,
        "axes": AXES,
        "scales": SCALES,
        "smoothings": SMOOTHINGS,
        "scale": query.get("scale", ""),
        "smoothing": query.get("smoothing", ""),
        "figures": [
            {
                "id": name,
                "title": title,
                "size": size,
                "help": help_text,
                "url": f"{reverse('api:run-figure', args=[run.pk, name])}?{asked}",
            }
            for name, title, size, help_text in FIGURES
            if name not in _unseen(run)
        ]
        + [_questions(run, suite, axis) for suite in run.suites.all()],
        "facts": facts_of(run),
        "phases": phases,
        "tokens": phases[-1]["stop"] if phases else None,
        "shifts": shifts_of(run),
        "siblings": siblings_of(run),
        "control": controls.control_of(run),
        "verdict": verdict_of(run),
        "earlier_jobs": list(run.earlier_jobs.order_by("created_at")),
        "resumable": not run.trained_elsewhere and run.job.status in (Status.FAILED, Status.CANCELLED),
        "files": checkpoints.files_of(run),
        "checkpoint_users": checkpoints.users_of(run) if run.checkpoint else [],
        "parameters": run.checkpoint.meta.get("parameters") if run.checkpoint else None,
    }


def _questions(run: Run, suite: Suite, axis: str) -> dict:
    """The figure of what the run answered while it trained."""
    query = urlencode({"axis": axis, "suite": suite.name, "measure": registry.load("suites", suite.method).measures[0]})
    return {
        "id": f"questions-{suite.pk}",
        "title": f"Questions of {suite.name}",
        "size": "",
        "help": "The share of its questions that the model answers rightly, by domain.",
        "url": f"{reverse('api:run-figure', args=[run.pk, 'questions'])}?{query}",
    }


def _unseen(run: Run) -> tuple[str, ...]:
    """Figures that would have nothing to draw."""
    answers = any(name.endswith("/answer_loss") for name in metrics.names([run.pk]))
    return (UNSEEN if run.trained_elsewhere else ()) + (() if answers else (ANSWERS,))


def list_of(project: Project, runs: list[Run]) -> str:
    """The address of the project's list with these runs, which were named alike, on it."""
    shared = os.path.commonprefix([run.name for run in runs]).removesuffix(", seed ")
    return f"{reverse('runs:list', args=[project.pk])}?{urlencode({'q': shared})}"


def facts_of(run: Run) -> list[tuple[str, str]]:
    """The recipe in a few lines, in the order in which one asks."""
    recipe = document_of(run)["recipe"]
    if run.trained_elsewhere:
        return [("Trained", "elsewhere"), *((name, _short(value)) for name, value in recipe.items())]
    facts = []
    model = recipe.get("model") or {}
    if model.get("preset"):
        facts.append(("Model", f"{model['preset']}, fresh weights"))
    elif model.get("folder"):
        facts.append(("Model", model["folder"]))
    for i, schedule in enumerate(recipe.get("schedules", []), 1):
        label = "Learning rate" if len(recipe["schedules"]) == 1 else f"Learning rate, phase {i}"
        facts.append((label, in_words(schedule)))
    if "batch_size" in recipe or "context" in recipe:
        facts.append(("Batch", f"{recipe.get('batch_size', 16)} × {recipe.get('context', 128)} tokens"))
    if average := recipe.get("averaging"):
        facts.append(("Average", averaging.in_words(specs.parse(specs.Averaging, average))))
    if recipe.get("loss_on") == "answers":
        facts.append(("Loss", "on answers alone"))
    if recipe.get("attention") == "within_samples":
        facts.append(("Attention", "within samples"))
    facts.append(("Precision", f"{recipe.get('precision', 'fp32')}{', compiled' if recipe.get('compile') else ''}"))
    return facts


def _short(value) -> str:
    """A setting of another trainer in a line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"

"""The tour of the demo project: what to look at, in the order in which the demo fills up. Each person is at a step of their own."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from apps.accounts.models import Project, User
from apps.jobs.models import Status


@dataclass(frozen=True, slots=True)
class Step:
    """``place`` gives the address of what the step is about, a page of the kind ``page``; an empty one means that it is not there yet."""

    title: str
    words: str
    page: str
    place: Callable[[Project], str]


def _row(address: str, rows) -> str:
    row = rows.first()
    return reverse(address, args=[row.pk]) if row else ""


def _version(project: Project) -> str:
    dataset = project.datasets.order_by("created_at").first()
    return _row("datasets:version", dataset.versions.order_by("number")) if dataset else ""


def _scores(project: Project) -> str:
    from apps.scores.models import ScoreSet

    return _row("scores:detail", ScoreSet.objects.filter(version__dataset__project=project).order_by("-method"))


def _curriculum(project: Project) -> str:
    from apps.curricula.models import CurriculumVersion

    rows = CurriculumVersion.objects.filter(curriculum__project=project)
    return _row("curricula:version", rows.order_by("-curriculum__created_at"))


def _run(project: Project) -> str:
    trained = project.runs.filter(job__status=Status.SUCCEEDED).order_by("-created_at")
    return _row("runs:detail", trained if trained.exists() else project.runs.order_by("created_at"))


STEPS = (
    Step(
        "One question, answered while you watch",
        "A small model learns prose and code; then its data change. This page shows what runs, what comes next, and the comparisons that "
        "fill up. It takes about a quarter of an hour: look around meanwhile.",
        "accounts:project",
        lambda project: reverse("accounts:project", args=[project.pk]),
    ),
    Step(
        "The data",
        "A dataset has versions that never change. See how long its samples are, and read some: everything later leads back to them.",
        "datasets:version",
        _version,
    ),
    Step(
        "A score: one number a sample",
        "What an order sorts by and a selection cuts by. Click a bar of the histogram to read the samples in it.",
        "scores:detail",
        _scores,
    ),
    Step(
        "A curriculum",
        "Which samples, in which order and proportion, when. Press “Edit” to change it: the preview draws what a change does before "
        "anything is trained, and the ? beside a method explains it.",
        "curricula:version",
        _curriculum,
    ),
    Step(
        "A run, and its certificate",
        "The loss a domain while it trains, the planned and the consumed mixture, and whether the trainer consumed the planned order.",
        "runs:detail",
        _run,
    ),
    Step(
        "The comparison",
        "What the shift cost, what replay did, whether the comparison is fair, and what one seed cannot say. “Share” makes a link that "
        "needs no account.",
        "comparisons:detail",
        lambda project: _row("comparisons:detail", project.comparisons.order_by("created_at")),
    ),
)


def shown(user: User) -> dict | None:
    """The step that the person is at; None once they are through."""
    if user.tour_step >= len(STEPS):
        return None
    step = STEPS[user.tour_step]
    return {"step": step, "number": user.tour_step + 1, "of": len(STEPS), "hidden": user.tour_hidden}


def go(*, user: User, project: Project, to: str, at: int | None = None) -> str:
    """``begin``, ``next``, ``back``, ``show``, ``hide`` or ``resume``; the address to go on at, empty where there is none.

    ``at`` is the number of the step that was in view, so that a button that is pressed twice leads one step further.
    """
    here = user.tour_step if at is None else at - 1
    step = 0 if to == "begin" else here + {"next": 1, "back": -1}.get(to, 0)
    user.tour_step, user.tour_hidden = max(0, min(step, len(STEPS))), to == "hide"
    user.save(update_fields=["tour_step", "tour_hidden"])
    stays = user.tour_hidden or user.tour_step == len(STEPS)
    return "" if stays else STEPS[user.tour_step].place(project)

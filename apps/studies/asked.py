"""What kinds of studies ask for alike: rows of the project by id, seeds, and a recipe of one phase."""

import copy
from collections.abc import Sequence
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q

from apps.accounts.models import Project
from apps.common.templatetags.ui import score_name
from apps.curricula.forms import MOST
from apps.datasets.models import DatasetVersion, TokenizedVersion
from apps.evaluations.models import Suite
from apps.jobs.models import ELSEWHERE, Status
from apps.runs.models import Run
from apps.runs.series import setting_of
from apps.runs.services import LARGEST_SEED, MAX_SEEDS
from apps.scores.models import ScoreSet
from gradatim import specs
from gradatim.errors import UserError

#: Of every dataset version so much is never learned.
HELD_OUT = 0.02
#: Tokens a run: a budget as a curriculum that is built by hand may have it.
MOST_TOKENS = MOST
RELATED = ("job", "plan__artifact", "checkpoint", "version__curriculum__project")


def row_of(rows, key: str, field: str):
    """The row with this id or this name (of a dataset the newest version); ``UserError`` at ``field`` where there is no such row, or more than one."""
    words = rows.model._meta.verbose_name
    kept = key.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    if kept != key:  # PostgreSQL keeps no NUL and no half of a surrogate pair, and takes none to look for
        raise UserError(f"There is no {words} {kept} here.", field=field)
    try:
        found = [rows.get(pk=UUID(key))]
    except ValueError:
        if rows.model is DatasetVersion:
            found = list(rows.filter(dataset__name=key).order_by("-number")[:1])
        else:
            found = list(rows.filter(name=key)[:2])
    except rows.model.DoesNotExist:
        found = []
    if len(found) > 1:
        raise UserError(f"There is more than one {words} {key}: name it by its id.", field=field)
    if not found:
        raise UserError(f"There is no {words} {key} here.", field=field)
    return found[0]


def bases_of(project: Project):
    """Runs that something can go on from now: those from fresh weights first, and of them the newest."""
    rows = Run.objects.filter(project=project, job__status=Status.SUCCEEDED, checkpoint__isnull=False)
    continued = ExpressionWrapper(Q(base__isnull=False), BooleanField())
    return rows.select_related(*RELATED).order_by(continued, "-created_at")


def base_of(project: Project, key: str) -> Run:
    run = row_of(Run.objects.filter(project=project).select_related(*RELATED), key, "base")
    if run.trained_elsewhere:
        raise UserError(f"{run.name} was trained elsewhere: its weights are not here.", field="base")
    if not run.checkpoint or run.job.status != Status.SUCCEEDED:
        raise UserError(f"{run.name} has no last checkpoint to go on from: choose a run that is trained.", field="base")
    return run


def own_bases(project: Project, base: Run, seeds: Sequence[int]) -> dict[int, Run]:
    """A base a seed, in order: ``base``, then the trained runs that differ from it in their seed alone, by theirs."""
    rows = bases_of(project).filter(version=base.version).exclude(pk=base.pk).select_related("base", *RELATED)
    like = [row for row in rows.order_by("seed", "created_at") if setting_of(row) == setting_of(base)]
    first_of_each = {row.seed: row for row in reversed(like) if row.seed != base.seed}
    found = [base, *(first_of_each[seed] for seed in sorted(first_of_each))]
    if len(found) < len(seeds):
        raise UserError(
            f"{len(seeds)} seeds need as many bases, and only {len(found)} of the setting of {base.name} "
            f"{'is' if len(found) == 1 else 'are'} trained: train more of them first, or ask for fewer seeds.",
            field="own_bases",
        )
    return dict(zip(seeds, found, strict=False))


def named_bases(project: Project, keys: Sequence[str], seeds: Sequence[int]) -> dict[int, Run]:
    """The bases named by ids, one a seed in the same order, all of one setting."""
    if len(keys) != len(seeds):
        raise UserError(f"Name one base a seed: these are {len(keys)} for {len(seeds)} seeds.", field="bases")
    rows = [base_of(project, key) for key in keys]
    if other := next((row for row in rows if setting_of(row) != setting_of(rows[0])), None):
        raise UserError(f"{other.name} differs from {rows[0].name} in more than its seed.", field="bases")
    return dict(zip(seeds, rows, strict=True))


def suites_of(project: Project, keys: Sequence[str]) -> tuple[Suite, ...]:
    rows = {row.pk: row for row in (row_of(Suite.objects.filter(project=project), key, "suites") for key in keys)}
    return tuple(sorted(rows.values(), key=lambda suite: suite.name))


def stored_suites(suites: Sequence[Suite]) -> dict:
    """The parameter as it is stored: a study without any is what it was before there were suites."""
    return {"suites": [str(suite.pk) for suite in suites]} if suites else {}


def versions_of(project: Project):
    """Dataset versions that are there or on their way."""
    rows = DatasetVersion.objects.filter(dataset__project=project).exclude(
        job__status__in=[Status.FAILED, Status.CANCELLED]
    )
    return rows.select_related("dataset", "artifact", "job").order_by("dataset__name", "-number")


def score_sets_of(project: Project):
    """Those that are there, of datasets that are there."""
    rows = ScoreSet.objects.filter(version__dataset__project=project, artifact__isnull=False)
    return rows.select_related("version__dataset", "version__artifact", "artifact").order_by("-created_at")


def one_pass(version, tokenizer) -> int | None:
    """About so many tokens are in a pass of a dataset version; None where it was not tokenized yet. Both are keys."""
    counted = TokenizedVersion.objects.filter(version=version, tokenizer=tokenizer, artifact__isnull=False)
    found = counted.select_related("artifact").first()
    return found and round(found.artifact.meta["tokens"] * (1 - HELD_OUT), -3) or None


def judged(scores: ScoreSet) -> str:
    """A score set with its data, for lists to choose from."""
    return f"{score_name(scores)} of {scores.version.dataset.name}, version {scores.version.number}"


def recipes_of(project: Project):
    """Runs whose recipe can be taken."""
    rows = Run.objects.filter(project=project).exclude(job__kind=ELSEWHERE)
    return rows.select_related("version__curriculum").order_by("-created_at")


def seeds_of(seeds: Sequence[int]) -> tuple[int, ...]:
    """Each once, in their order: what is asked in another one is the same study."""
    seeds = tuple(sorted(set(seeds)))
    if not 1 <= len(seeds) <= MAX_SEEDS:
        raise UserError(f"Ask for between 1 and {MAX_SEEDS} seeds.", field="seeds")
    if wrong := next((seed for seed in seeds if not 0 <= seed <= LARGEST_SEED), None):
        raise UserError(f"{wrong} cannot be a seed: seeds are whole numbers from 0 to {LARGEST_SEED}.", field="seeds")
    return seeds


def recipe_of(project: Project, given: dict | None, key: str | None, otherwise: dict) -> dict:
    """The recipe document that is given, that of the run ``key``, or ``otherwise``: without a model, for one phase."""
    if given and key:
        raise UserError("Give a recipe, or the run that it is taken from, and not both.", field="recipe")
    if key:
        given = row_of(recipes_of(project), key, "recipe_of").recipe
    elif given:
        parsed(given)  # all of its schedules, of which one is taken
    return for_one_phase(given or otherwise)


def for_one_phase(recipe: dict) -> dict:
    """The recipe with its last schedule alone, and without its model."""
    recipe = copy.deepcopy(recipe)
    recipe.pop("model", None)
    schedules = recipe.get("schedules") or [{}]
    while len(schedules) > 1 and schedules[-1].get("start") == "continued":
        schedules.pop()
    recipe["schedules"] = [{k: v for k, v in schedules[-1].items() if k not in ("start", "optimizer")}]
    return recipe


def gentler(recipe: dict) -> dict:
    """The recipe of a continuation where none is chosen: that of its base, once more up to half its peak and down to a tenth of that."""
    recipe = for_one_phase(recipe)
    peak = float(f"{peak_of(recipe['schedules'][0]) / 2:.6g}")
    schedule = {"shape": "cosine", "peak": peak, "floor": float(f"{peak / 10:.6g}"), "warmup": 0.04}
    return recipe | {"schedules": [schedule]}


def peak_of(schedule: dict) -> float:
    """Recipes stay as they were written: a number may be a text there, or left to its default."""
    return float(schedule.get("peak", specs.Schedule.model_fields["peak"].default))


def parsed(recipe: dict) -> specs.Recipe:
    """With any model: which one it is, a study says elsewhere."""
    try:
        return specs.parse(specs.Recipe, recipe | {"model": {"checkpoint": "0" * 64}})
    except UserError as error:
        raise UserError(error.sentence, field=f"recipe.{error.field}" if error.field else "recipe") from None


def enough(tokens: int, recipe: specs.Recipe) -> None:
    size = recipe.batch_size * recipe.context
    if tokens < size:
        raise UserError(f"{tokens:,} tokens are fewer than one step of {size:,}.", field="tokens")

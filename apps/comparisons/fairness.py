"""Whether a comparison is fair: what differs between its runs besides the curriculum, in plain words, and in which runs.

Each difference could explain a result in place of the data. The curriculum itself (samples, order, mixture, phases) is what is compared and
is no such difference; it stands among the settings.
"""

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects

from apps.comparisons.settings import Difference, plain
from apps.datasets.models import DatasetVersion
from apps.jobs.models import Status
from apps.runs import certificates
from apps.runs.models import Run
from apps.runs.rates import in_words
from apps.runs.selectors import document_of
from apps.runs.series import names_apart, setting_of
from gradatim import specs
from gradatim.errors import UserError

MATTERS = {
    "Tokens": "More training by itself lowers a loss.",
    "Finished": "A run is compared where it stopped, not where it was meant to end.",
    "Tokenizer": "Nats a token of two tokenizers are not comparable; bits per byte are.",
    "Evaluation data": "Losses on different texts are not comparable.",
    "Initial weights": "What a run begins with, it may keep.",
    "Seeds": "A seed alone can change a result as much as a curriculum does: compare settings over the same seeds.",
    "Code version": "Another version may compute something else.",
    "Schedule": "The learning rate, its warming up and its decay decide about loss and forgetting, too.",
    "Optimizer": "Its parameters decide how far a step goes.",
    "Batch and context": "They decide how many updates the tokens make, and how far a token sees.",
    "Precision and compiling": "They change the numbers a little in every step.",
    "Averaging": "Averaged weights evaluate better than last ones.",
    "Order kept": "What was planned is not what was learned from.",
}


@dataclass(frozen=True, slots=True)
class Side:
    """A value, and the places of the runs that have it."""

    value: str
    runs: list[int]
    names: list[str]


@dataclass(frozen=True, slots=True)
class Confounder:
    """Something that is not the same in all runs: the most common value first. ``matters`` says why it is worth knowing."""

    title: str
    matters: str
    sides: list[Side]


@dataclass(frozen=True, slots=True)
class Fairness:
    """``same``: titles of what was looked at and is equal; ``unknown``: titles of what is not recorded for some of the runs."""

    verdict: str
    confounders: list[Confounder]
    same: list[str]
    unknown: list[str]


def fairness_of(runs: Sequence[Run], difference: Difference, said: str) -> Fairness:
    """``said``: how far the seeds carry. Two queries, however many runs there are."""
    prefetch_related_objects(runs, Prefetch("evaluated_on", DatasetVersion.objects.select_related("dataset")), "suites")
    names = names_apart(runs)
    tokenizers = next((row.values for row in difference.settings if row.label == "Tokenizer"), ["the same"] * len(runs))
    columns = {title: [value_of(run) for run in runs] for title, value_of in _CHECKS.items()}
    columns |= {"Tokenizer": tokenizers, "Seeds": _of_settings(runs, lambda run: f"seed {run.seed}")}
    columns["Initial weights"] = _of_settings(runs, _weights)
    found, same, unknown = [], [], []
    for title in MATTERS:
        values = columns[title]
        known = {value for value in values if value}
        if len(known) > 1:
            found.append(Confounder(title, MATTERS[title], _sides(values, names)))
        elif known and "" not in values:
            same.append(title)
        if known and "" in values or not known:
            unknown.append(title)
    return Fairness(_verdict(runs, found, unknown, said), found, same, unknown)


def _verdict(runs: Sequence[Run], found: list[Confounder], unknown: list[str], said: str) -> str:
    if len(runs) == 1:
        return "There is one run: nothing is compared."
    if found:
        titles = [
            title if place == 0 else title[:1].lower() + title[1:] for place, title in enumerate(c.title for c in found)
        ]
        listed = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
        verb = "differs" if len(titles) == 1 else "differ"
        text = (
            f"{listed} {verb} between the runs: a difference in their losses may come from there and not from the data."
        )
    elif len({run.version_id for run in runs}) > 1:
        text = "Of what was looked at nothing differs but the curriculum."
    else:
        text = "Of what was looked at nothing differs, and the curriculum is the same."
    if unknown and not found:
        text += f" Not everything is recorded: {', '.join(title.lower() for title in unknown)}."
    return f"{text} {said}".rstrip()


def _sides(values: list[str], names: list[str]) -> list[Side]:
    """The most common value first; what is not recorded last."""
    places: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        places.setdefault(value, []).append(place)
    order = sorted(places, key=lambda value: (not value, -len(places[value])))
    return [Side(value or "not recorded", places[value], [names[i] for i in places[value]]) for value in order]


def _of_settings(runs: Sequence[Run], value_of: Callable[[Run], str]) -> list[str]:
    """For each run the values of all runs of its setting: what two settings have seed by seed is the same in both."""
    values: dict[tuple, set[str]] = {}
    for run in runs:
        values.setdefault(setting_of(run), set()).add(value_of(run))
    return [", ".join(sorted(values[setting_of(run)])) for run in runs]


def _tokens(run: Run) -> str:
    """The budget: what a plan consumes differs from it by a part of a sample, and from seed to seed."""
    total = sum(phase.get("tokens") or 0 for phase in document_of(run)["curriculum"].get("phases", []))
    return f"{total:,} tokens" if total else ""


def _finished(run: Run) -> str:
    return "finished" if run.job.status == Status.SUCCEEDED else str(run.job.get_status_display()).lower()


def _evaluated(run: Run) -> str:
    """The texts, and how many of them: another number of windows is another text."""
    texts = sorted(f"{version.dataset.name}, version {version.number}" for version in run.evaluated_on.all())
    if not texts:
        return ""
    windows = f"{_recipe(run).evaluation.windows} windows a domain" if _recipe(run) else ""
    return "; ".join([*texts, *sorted(suite.name for suite in run.suites.all()), windows]).strip("; ")


def _weights(run: Run) -> str:
    if run.base_id:
        return run.starts_from
    model = run.recipe.get("model") or {}
    if model.get("folder"):
        return "a local folder"
    return f"fresh weights of {model['preset']}, drawn from the seed" if model.get("preset") else ""


def _rate(schedule: specs.Schedule) -> str:
    return f"{in_words(schedule.model_dump(mode='json'))}, warm-up over {schedule.warmup:.1%}"


def _of_recipe(words: Callable[[specs.Recipe], str]) -> Callable[[Run], str]:
    """Nothing where the recipe is another trainer's, which says these things in its own way or not at all."""
    return lambda run: words(_recipe(run)) if _recipe(run) else ""


def _recipe(run: Run) -> specs.Recipe | None:
    recipe = document_of(run).get("recipe") or {}
    return (
        None if run.trained_elsewhere else _parsed(json.dumps({**recipe, "model": {"preset": "any"}}, sort_keys=True))
    )


@functools.lru_cache(maxsize=1024)
def _parsed(recipe: str) -> specs.Recipe | None:
    try:
        return specs.parse(specs.Recipe, json.loads(recipe))
    except UserError:
        return None


def _fields(spec, *keys: str) -> str:
    """Some of a document's fields in words; all of them where none is named."""
    said = spec.model_dump(mode="json")
    return "; ".join(f"{key.replace('_', ' ')} {plain(said.get(key, getattr(spec, key)))}" for key in keys or said)


#: What is looked at, and its value in words; an empty one is not recorded.
_CHECKS = {
    "Tokens": _tokens,
    "Finished": _finished,
    "Evaluation data": _evaluated,
    "Code version": lambda run: (run.certificate or {}).get("code", ""),
    "Schedule": _of_recipe(lambda recipe: "; then ".join(map(_rate, recipe.schedules))),
    "Optimizer": _of_recipe(lambda recipe: _fields(recipe.optimizer)),
    "Batch and context": _of_recipe(lambda r: _fields(r, "batch_size", "context", "attention", "loss_on")),
    "Precision and compiling": _of_recipe(lambda recipe: _fields(recipe, "precision", "compile", "deterministic")),
    "Averaging": _of_recipe(lambda recipe: _fields(recipe.averaging) if recipe.averaging.method != "none" else "none"),
    "Order kept": certificates.order_of,
}

"""The form fields of a recipe, made from the recipe's own definition: kinds, choices and defaults are stated there alone.

A field's name is its dotted path in the recipe (``schedules.0.peak``), so that a refused value leads back to its field.
Bounds are checked by :mod:`gradatim.specs` when the form is read, not here a second time.
"""

import types
import typing
from collections.abc import Iterator
from typing import Any

from django import forms
from pydantic.fields import FieldInfo

from gradatim import schedules, specs

#: A peak to start from, for the small presets; the recipe's own default is for larger models.
PEAK = 3e-3
#: path (schedules without their number) -> (label, help)
TEXTS = {
    "batch_size": ("Rows a step", "A step trains on rows × context tokens."),
    "context": ("Context", "Tokens a row: how far back the model can look."),
    "loss_on": ("Loss on", "Answers alone: prompts are read and not learned. Samples without one count whole."),
    "attention": (
        "Attention",
        "Within samples: each sample of a row is read as if it stood alone. A few percent slower.",
    ),
    "precision": (
        "Precision",
        "Of matrix products; weights and optimizer stay in 32 bits. bf16 is fast on GPUs and on processors with "
        "AVX512-BF16 or AMX; others only emulate it, many times slower.",
    ),
    "compile": ("Compile the model", "Faster after a slower start. Worth it for more than a few hundred steps."),
    "deterministic": ("Deterministic kernels", "The same run gives the same numbers on the same machine."),
    "checkpoint_every": ("Resume point every", "Steps. A lost or cancelled run goes on from the last one."),
    "optimizer.weight_decay": ("Weight decay", "Decoupled, on matrices only."),
    "optimizer.clip": ("Clip gradients at", "Global norm; empty: never."),
    "optimizer.beta1": ("Beta 1", "Of AdamW."),
    "optimizer.beta2": ("Beta 2", "Of AdamW."),
    "optimizer.epsilon": ("Epsilon", "Of AdamW."),
    "averaging.method": (
        "Average",
        "Evaluated beside the last weights and kept with them. It costs the memory of one more copy of the weights.",
    ),
    "averaging.every": ("Weights taken every", "Steps, counted back from the last one."),
    "averaging.last": ("How many, at the end", "Empty: all from the beginning on. Published: 6."),
    "averaging.decay": ("EMA decay", "What the average keeps of itself at each. Published: 0.8."),
    "evaluation.windows": ("Windows a domain", "Of context tokens each: more is steadier and slower."),
    "evaluation.batch_size": ("Windows at once", "What fits into memory."),
    "evaluation.dense_every": ("At first, every", "Steps. Counted from each phase's start, where a gap shows."),
    "evaluation.dense_until": ("Until step", "Of each phase; from there on at the wider cadence."),
    "evaluation.every": ("Then every", "Steps."),
    "evaluation.suites_every": ("Questions every", "Steps; of the suites chosen below."),
    "schedules.shape": ("Shape", "After the warm-up."),
    "schedules.peak": ("Peak learning rate", "For example 3e-3."),
    "schedules.floor": ("Floor", "Where it ends."),
    "schedules.warmup": ("Warm-up", "Share of the phase's steps, 0 to 1."),
    "schedules.decay": ("Decay", "Share of the phase's steps, at its end."),
    "schedules.tail": ("Tail", "How it falls in the decay."),
    "schedules.phi": ("Phi", "2 is the cosine; less stays up for longer."),
    "schedules.scale": ("Scale", "Published: 4.6."),
    "schedules.exponent": ("Exponent", "Published: -0.51."),
    "schedules.start": ("Schedule", "Going on: one course over the steps of both phases."),
    "schedules.optimizer": ("Optimizer's state", "The moments of the gradients that AdamW remembers."),
}
WORDS = {name: shape.title for name, shape in schedules.SHAPES.items()} | {
    "1-sqrt": "1 \N{MINUS SIGN} square root",
    "exponential": "Exponential",
    "anew": "Of its own, from the warm-up on",
    "continued": "Goes on with the phase before",
    "kept": "Kept from the phase before",
    "fresh": "Fresh",
    "none": "None",
    "ema": "Exponential (EMA)",
    "sma": "Simple mean (SMA)",
    "everything": "Every token",
    "answers": "Answers alone",
    "packed": "Over whole rows",
    "within_samples": "Within samples",
    "fp32": "32-bit floats",
    "bf16": "bfloat16",
}
_PARTS = {"optimizer": specs.Optimizer, "evaluation": specs.Evaluation, "averaging": specs.Averaging}
GROUPS = (
    (
        "Batches",
        ("batch_size", "context", "loss_on", "attention", "precision", "compile", "deterministic", "checkpoint_every"),
    ),
    ("Evaluation", tuple(path for path in TEXTS if path.startswith("evaluation."))),
    ("Averaged weights", tuple(path for path in TEXTS if path.startswith("averaging."))),
    ("Optimizer", tuple(path for path in TEXTS if path.startswith("optimizer."))),
)
#: Groups that are folded while they hold their defaults, with what stands beside their title.
FOLDED = {
    "Averaged weights": "an EMA or a mean, beside the last ones",
    "Optimizer": "AdamW; these seldom change",
}
SCHEDULE = tuple(path.removeprefix("schedules.") for path in TEXTS if path.startswith("schedules."))
#: What only a phase that follows another is asked.
FOLLOWING = ("start", "optimizer")


def fields(phases: int) -> dict[str, forms.Field]:
    """Every field of a recipe with ``phases`` schedules, by path; what is not for a form (the data) is left out."""
    paths = [path for _, group in GROUPS for path in group]
    made = {path: _field(path, _info(path)) for path in paths}
    for i in range(phases):
        for name in SCHEDULE if i else SCHEDULE[: -len(FOLLOWING)]:
            made[f"schedules.{i}.{name}"] = field = _field(f"schedules.{name}", specs.Schedule.model_fields[name])
            field.phase = i + 1 if phases > 1 else None
    return made


def defaults(phases: int) -> dict[str, Any]:
    """The recipe's own defaults, by path."""
    return {path: _shown(field.initial) for path, field in fields(phases).items()}


def flat(recipe: dict, phases: int) -> dict[str, Any]:
    """A recipe document by path, its defaults filled in; schedules that it does not have are its last one again."""
    schedules = recipe.get("schedules") or [{}]
    whole = {**recipe, "schedules": [schedules[min(i, len(schedules) - 1)] for i in range(phases)]}
    found = {path: _shown(value) for path, value in _leaves(whole)}
    known = defaults(phases)
    return known | {path: value for path, value in found.items() if path in known}


def document(cleaned: dict[str, Any], phases: int) -> dict:
    """The recipe document of cleaned values by path, without model and data."""
    recipe: dict[str, Any] = {name: {} for name in _PARTS} | {"schedules": [{} for _ in range(phases)]}
    for path in fields(phases):
        *parents, name = path.split(".")
        node: Any = recipe
        for parent in parents:
            node = node[int(parent)] if parent.isdigit() else node[parent]
        if not _unused(path, cleaned):
            node[name] = cleaned[path]
    if recipe["averaging"]["method"] in ("", "none"):  # as before there were averages
        del recipe["averaging"]
    return recipe


def used_by(name: str) -> list[str]:
    """The shapes that look at a field of a schedule; empty: all of them."""
    found = [shape for shape, about in schedules.SHAPES.items() if name in about.uses]
    return found if name in {field for about in schedules.SHAPES.values() for field in about.uses} else []


def _unused(path: str, cleaned: dict[str, Any]) -> bool:
    """Whether a field that came later says nothing: such recipes are written as they were before it."""
    part, _, name = path.rpartition(".")
    of_schedule = path.startswith("schedules.")
    info = specs.Schedule.model_fields[name] if of_schedule else _info(path)
    if specs.ADDED not in info.metadata:
        return False
    unseen = of_schedule and used_by(name) and cleaned[f"{part}.shape"] not in used_by(name)
    return unseen or cleaned[path] in ("", None, info.default)


def _info(path: str) -> FieldInfo:
    part, _, name = path.rpartition(".")
    return (_PARTS[part] if part else specs.Recipe).model_fields[name]


def _field(path: str, info: FieldInfo) -> forms.Field:
    label, help_text = TEXTS[path]
    kind, optional = _kind(info.annotation)
    optional = optional or specs.ADDED in info.metadata or path == "averaging.method"
    shared = {"label": label, "help_text": help_text, "initial": info.default}
    if kind is bool:
        return forms.BooleanField(required=False, **shared)
    if typing.get_origin(kind) is typing.Literal:
        choices = [(word, WORDS.get(word, word)) for word in typing.get_args(kind)]
        return forms.ChoiceField(choices=choices, required=not optional, **shared)
    if kind is int:
        return forms.IntegerField(required=not optional, widget=_text("numeric"), **shared)
    return forms.FloatField(required=not optional, widget=_text("decimal"), **shared)


def _text(mode: str) -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"})


def _kind(annotation: Any) -> tuple[Any, bool]:
    """(type without None, whether None is allowed)"""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        kinds = [_kind(part)[0] for part in typing.get_args(annotation) if part is not type(None)]
        return kinds[0], type(None) in typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        return _kind(typing.get_args(annotation)[0])
    return annotation, False


def _shown(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else value


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict | list):
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in pairs:
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, node

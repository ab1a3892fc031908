"""What was typed into the builder: fields by name, in phases and streams that can be added and removed.

Fields are numbered as documents are: ``phases-0-streams-1-weight``. Nothing is checked here.
"""

import re
from dataclasses import dataclass, field

from django.forms import BooleanField
from django.http import QueryDict

from apps.common.method_form import method_form
from apps.curricula.choices import Choices
from apps.curricula.columns import rate
from gradatim import registry
from gradatim.order_presets import LEAST_WINDOW, PRESETS

_NUMBERED = re.compile(r"^phases-(\d{1,3})-(?:streams-(\d{1,3})-)?(.+)$")
#: field of a stream, or of a phase, that names a method -> family
METHODS = {"selection": "selections", "ordering": "orderings", "mixture": "mixing"}


@dataclass
class Typed:
    """Values as they were typed, by field name without its numbers; streams are phases without streams."""

    values: dict[str, list[str]] = field(default_factory=dict)
    parts: list["Typed"] = field(default_factory=list)

    def one(self, name: str) -> str:
        return (self.values.get(name) or [""])[-1]

    def copy(self) -> "Typed":
        return Typed({name: list(values) for name, values in self.values.items()}, [part.copy() for part in self.parts])


def read(data: QueryDict) -> Typed:
    """What a form sent: phases and streams in the order of their numbers, gaps closed."""
    head, phases, streams = Typed(), {}, {}
    for key in data:
        found = _NUMBERED.match(key)
        if not found:
            head.values[key] = data.getlist(key)
            continue
        i, j, name = int(found[1]), found[2], found[3]
        owner = phases.setdefault(i, Typed())
        if j is not None:
            owner = streams.setdefault((i, int(j)), Typed())
        owner.values[name] = data.getlist(key)
    for i, j in sorted(streams):
        phases[i].parts.append(streams[i, j])
    head.parts = [phases[i] for i in sorted(phases)]
    return head


def first(choices: Choices) -> Typed:
    """What a new curriculum starts from: one phase with one stream, about one pass through the first dataset version."""
    row = next(iter(choices.versions.values()), None)
    bpe = next(iter(choices.tokenizers.values()), None)
    tokens = int(row.artifact.meta["bytes"] / rate(bpe)) if row and row.artifact and bpe else 1_000_000
    tokens = max(1000, round(tokens, 2 - len(str(tokens))))
    phase = Typed({"name": ["main"], "tokens": [str(tokens)]}, [new_stream(choices, [])])
    return Typed({"tokenizer": [next(iter(choices.tokenizers), "")]}, [phase])


def new_stream(choices: Choices, beside: list[Typed]) -> Typed:
    """One more stream: over the newest version of a dataset that the phase does not use yet, otherwise over the data of its last."""
    versions = choices.versions
    used = {versions[key].dataset_id for stream in beside if (key := stream.one("dataset")) in versions}
    same = beside[-1].one("dataset") if beside else ""
    version = next((key for key, row in versions.items() if row.dataset_id not in used), same)
    names = {stream.one("name") for stream in beside}
    name = next(name for k in range(1, len(names) + 2) if (name := f"stream-{k}") not in names)
    values = {"name": name, "dataset": version, "weight": "1", "ordering": "shuffle", "jitter_window": "0"}
    return Typed({key: [value] for key, value in values.items()})


def of_draft(draft: dict) -> Typed:
    """The fields that a draft fills in."""
    head = Typed({"tokenizer": [draft["tokenizer"]]})
    for phase in draft["phases"]:
        mixture = phase.get("mixture") or {"method": "static"}
        weights = (mixture.get("params") or {}).get("weights") or {}
        streams = [_typed_stream(stream, weights) for stream in phase["streams"]]
        values = {"name": [phase["name"]], "tokens": [str(phase["tokens"])]}
        if mixture["method"] in registry.names("mixing"):
            values |= _typed_method("mixture", mixture)
        head.parts.append(Typed(values, streams))
    return head


def _typed_stream(stream: dict, weights: dict[str, float]) -> Typed:
    weight = weights.get(stream["name"], 0.0) if weights else 1
    plain = {key: stream.get(key) for key in ("name", "dataset", "scores", "epochs")}
    plain |= {
        "weight": int(weight) if weight == int(weight) else weight,
        "jitter_window": stream.get("jitter_window") or 0,
        "jitter": stream.get("jitter") or "disjoint",
        "exhausted": stream.get("exhausted") or "repeat",
    }
    values = {key: [str(value)] for key, value in plain.items() if value is not None}
    values["domains"] = list(stream.get("domains") or [])
    for part, family in METHODS.items():
        call = stream.get(part) or ({"method": "shuffle"} if part == "ordering" else None)
        if call and call["method"] in registry.names(family):
            values |= _typed_method(part, call)
    return Typed(values)


def _typed_method(part: str, call: dict) -> dict[str, list[str]]:
    form = method_form(METHODS[part], call["method"], initial=call.get("params"), prefix=part)
    values = {part: [call["method"]], form.marker: [form.identity]}
    return values | {bound.html_name: value for bound in form if (value := _as_typed(bound)) is not None}


def _as_typed(bound) -> list[str] | None:
    value = bound.value()
    if isinstance(bound.field, BooleanField):
        return ["on"] if value else None
    return None if value is None else [str(bound.field.prepare_value(value))]


def change(typed: Typed, asked: str, choices: Choices) -> Typed:
    """``typed`` with a phase or stream added or removed (``add-phase``, ``remove-stream:0-1``) or a stream's order taken from a
    preset (``preset:0-1:saw-paper``), and without the domains and score sets of dataset versions that are no longer chosen."""
    action, _, numbers = asked.partition(":")
    numbers, _, preset = numbers.partition(":")
    i, j = ([int(number) for number in numbers.split("-") if number.isdecimal()] + [-1, -1])[:2]
    phase = typed.parts[i] if 0 <= i < len(typed.parts) else None
    if action == "add-phase":
        typed.parts.append(_next_phase(typed, choices))
    elif action == "remove-phase" and phase and len(typed.parts) > 1:
        del typed.parts[i]
    elif action == "add-stream" and phase:
        phase.parts.append(new_stream(choices, phase.parts))
    elif action == "remove-stream" and phase and len(phase.parts) > 1 and 0 <= j < len(phase.parts):
        del phase.parts[j]
    elif action == "preset" and preset in PRESETS and phase and 0 <= j < len(phase.parts):
        _use_preset(phase.parts[j], preset, choices)
    for stream in (stream for phase in typed.parts for stream in phase.parts):
        version = stream.one("dataset")
        known = {name for name, _ in choices.of_domains(version)}
        stream.values["domains"] = [name for name in stream.values.get("domains", []) if name in known]
        if stream.one("scores") not in dict(choices.of_scores(version)):
            stream.values.pop("scores", None)
    return typed


def _use_preset(stream: Typed, name: str, choices: Choices) -> None:
    """Ordering, its parameters and jitter of a preset; all else of the stream stays as it was typed."""
    preset = PRESETS[name]
    for key in [key for key in stream.values if key == "ordering" or key.startswith("ordering-")]:
        del stream.values[key]
    stream.values |= _typed_method("ordering", {"method": preset.ordering, "params": preset.params})
    samples = choices.samples_of(stream.one("dataset"), stream.values.get("domains"))
    window = LEAST_WINDOW if preset.jitter and not samples else preset.window(samples)
    stream.values |= {"jitter_window": [str(window)], "jitter": ["disjoint"]}  # the kind that is published


def _next_phase(typed: Typed, choices: Choices) -> Typed:
    """A copy of the last phase under a name of its own: what comes next differs in a few places from what was."""
    phase = typed.parts[-1].copy() if typed.parts else first(choices).parts[0]
    taken = {part.one("name") for part in typed.parts}
    phase.values["name"] = [next(n for k in range(2, len(taken) + 3) if (n := f"phase-{k}") not in taken)]
    return phase


def numbered(typed: Typed) -> QueryDict:
    """What a form would send: the fields with their numbers."""
    data = QueryDict(mutable=True)
    for name, values in typed.values.items():
        data.setlist(name, values)
    for i, phase in enumerate(typed.parts):
        for name, values in phase.values.items():
            data.setlist(f"phases-{i}-{name}", values)
        for j, stream in enumerate(phase.parts):
            for name, values in stream.values.items():
                data.setlist(f"phases-{i}-streams-{j}-{name}", values)
    return data

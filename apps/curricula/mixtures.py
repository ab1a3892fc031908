"""The planned mixtures of a draft's phases, as far as its data are there to tell."""

from apps.common import methods
from apps.common.mixture_fields import as_text
from apps.curricula.choices import Choices
from apps.curricula.first_passes import FirstPass, passes_of
from apps.curricula.models import CurriculumVersion
from gradatim import specs
from gradatim.errors import Unsized, UserError
from gradatim.mixtures import Mixture, mixture_of

_UNKNOWN = "0" * 64


def by_names(phase: dict) -> specs.Phase:
    """A phase of a draft with what its mixture is about: the streams' names, without their data."""
    named = [{"name": stream["name"], "dataset": _UNKNOWN} for stream in phase["streams"]]
    return specs.parse(specs.Phase, {**phase, "streams": named})


def mixtures_of(version: CurriculumVersion, choices: Choices) -> list[Mixture | None]:
    """One a phase; None where the method is not installed, refuses, or waits for the sizes of streams."""
    found, passes = [], None
    for i, phase in enumerate(version.draft["phases"]):
        try:
            spec = by_names(phase)
            try:
                found.append(mixture_of(spec, None))
            except Unsized:
                passes = passes if passes is not None else list(passes_of(version, choices))
                found.append(mixture_of(spec, _sizes([row for row in passes if row.phase == i])))
        except UserError:
            found.append(None)
    return found


def in_words(call: dict) -> dict:
    """A mixture's method as pages show it; weights of streams are left out, which stand beside the streams as shares."""
    found = methods.described("mixing", call["method"], call.get("params"))
    shown = [param | {"value": _on_a_line(param["value"])} for param in found["params"] if param["title"] != "Weights"]
    return found | {"params": shown}


def _on_a_line(value):
    text = as_text(value)
    return text.replace("\n", "; ") if isinstance(text, str) else text


def _sizes(streams: list[FirstPass]) -> dict[str, int] | None:
    if any(stream.waiting for stream in streams):
        return None
    return {stream.name: stream.chosen().tokens for stream in streams}

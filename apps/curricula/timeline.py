"""A draft on a line of tokens: its phases, their streams' shares with key-frames, and the rate that a recipe will set."""

from django.template.loader import render_to_string

from apps.common.templatetags.ui import percent
from apps.curricula import bands
from apps.curricula.preview import PhaseRow, Preview
from apps.curricula.preview_figures import stretches_of
from apps.runs import rates
from apps.runs.likely import Likely


def timeline_of(found: Preview, draft: dict | None, likely: Likely | None) -> dict | None:
    """What static/js/timeline.js draws, in units of the pictures of mixtures and of rates; ``html`` says the same as a list.

    None while a budget cannot be read: then there is no telling how long anything is.
    """
    if not likely or not draft:
        return None
    phases = found.phases
    budgets = [phase.tokens for phase in phases]
    edges = [sum(budgets[:i]) for i in range(len(budgets) + 1)]
    colors = {stream.name: stream.color for stream in found.streams}
    paths = bands.paths_of([stretches_of(phase) for phase in phases], budgets)
    drawn = rates.drawn(likely.recipe, draft["phases"], by_tokens=True)
    listed = [
        {
            "phase": phase,
            "start": start,
            "stop": stop,
            "streams": _streams(phase),
            "frames": _frames(phase, asked),
            "rate": rate.removeprefix(f"{phase.name}: "),
        }
        for phase, asked, start, stop, rate in zip(phases, draft["phases"], edges, edges[1:], drawn.said, strict=False)
    ]
    return {
        "phases": [{"name": phase.name, "tokens": phase.tokens} for phase in phases],
        "bands": [{"name": name, "color": colors[name], "path": path} for name, path in paths.items()],
        "frames": [
            round((start + place * (stop - start)) / edges[-1], 5)
            for phase, asked, start, stop in zip(phases, draft["phases"], edges, edges[1:], strict=False)
            for place, _ in _frames(phase, asked)
        ],
        "rates": {"points": drawn.points, "most": drawn.most, "said": " ".join(drawn.said)},
        "mixture": found.mixture_in_words,
        "html": render_to_string("curricula/timeline_list.html", {"listed": listed, "likely": likely}),
    }


def _frames(phase: PhaseRow, asked: dict) -> list[tuple[float, dict[str, float]]]:
    """The key-frames of a phase as it is asked for, where its mixture has such and can be read."""
    drawn = phase.mixture and asked["mixture"]["method"] == "key_frames"
    return asked["mixture"]["params"]["frames"] if drawn else []


def _streams(phase: PhaseRow) -> str:
    changes = phase.mixture and not phase.mixture.constant
    known = [f"{stream.name} {percent(stream.share)}" for stream in phase.streams if stream.share is not None]
    return f"{', '.join(known)}{' on average' if changes else ''}" if known else "no share known yet"

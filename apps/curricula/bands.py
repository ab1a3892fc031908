"""The mixture that a curriculum plans, as bands over the tokens: each stream's share of them, one above the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.common.templatetags.ui import percent
from gradatim.mixtures import Mixture

WIDTH, HEIGHT = 320, 28
#: In so many steps a mixture that changes is drawn.
STEPS = 32


@dataclass(frozen=True, slots=True)
class Band:
    """``path``: its rectangles in a box of ``WIDTH`` by ``HEIGHT``; ``color``: the number of its colour, from 1."""

    name: str
    color: int
    path: str


@dataclass(frozen=True, slots=True)
class Mixed:
    bands: list[Band]
    said: str
    width: int = WIDTH
    height: int = HEIGHT


def drawn(
    phases: Sequence[dict],
    mixtures: Sequence[Mixture | None],
    steps: Sequence[int],
    lasts: Sequence[float],
    colors: Mapping[str, int] | None = None,
) -> Mixed:
    """``phases`` as a draft has them, each with its mixture (None: not known, drawn empty), its width in updates, and the share
    of its budget that it lasts; ``colors``: those of the streams, else in order of first appearance."""
    stretches = [mixture.in_parts(STEPS) if mixture else [] for mixture in mixtures]
    stretches = [parts[: max(1, round(last * len(parts)))] for parts, last in zip(stretches, lasts, strict=True)]
    paths = paths_of(stretches, steps)
    colors = colors or {name: k % 8 + 1 for k, name in enumerate(paths)}
    bands = [Band(name, colors[name], path) for name, path in paths.items()]
    return Mixed(bands, " ".join(_said(phase, mixture) for phase, mixture in zip(phases, mixtures, strict=True)))


def paths_of(stretches: Sequence[Sequence[Mapping[str, float]]], widths: Sequence[float]) -> dict[str, str]:
    """Each stream's rectangles: a phase is as wide as its width among all, and cut into equal stretches of constant shares."""
    total, start, paths = sum(widths), 0, {}
    for parts, width in zip(stretches, widths, strict=True):
        for k, shares in enumerate(parts):
            left, right = (WIDTH * (start + width * edge / len(parts)) / total for edge in (k, k + 1))
            top = 0.0
            for name, share in shares.items():
                bottom = top + HEIGHT * share
                path = f"M{left:.1f},{top:.1f}H{right:.1f}V{bottom:.1f}H{left:.1f}Z" if share else ""
                paths[name], top = paths.get(name, "") + path, bottom
        start += width
    return paths


def _said(phase: dict, mixture: Mixture | None) -> str:
    if not mixture:
        return f"{phase['name']}: not known yet."
    shares = ", ".join(f"{name} {percent(share)}" for name, share in mixture.mean.items())
    return f"{phase['name']}: {shares}{'' if mixture.constant else ' on average'}."

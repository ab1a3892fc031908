"""The planned mixture of a phase: its method's weights as shares of the tokens, over the phase, on average, and in parts.

Plans, previews and figures ask here, so that all of them mean the same. Averages are over the places at which the interleaver
reads the weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradatim import specs
from gradatim.errors import Unsized, UserError
from gradatim.interleave import SEGMENTS
from gradatim.streams import in_method, load_method
from gradatim.types import MixContext, Part, Remark

#: In so many equal parts of a phase a mixture that changes is kept with a plan and drawn.
PARTS = 128


@dataclass(frozen=True, slots=True)
class Mixture:
    """``table`` (SEGMENTS, streams) float64: planned shares at the beginning of each segment, rows sum to one.

    ``parts`` are what passes hold of streams that are not passed through whole; ``remarks`` stand at their paths in the document.
    """

    streams: tuple[str, ...]
    table: np.ndarray
    parts: Mapping[str, Part]
    remarks: list[Remark]

    def at(self, progress: float) -> dict[str, float]:
        """Planned shares by stream from ``progress`` (0 to 1 of the phase) on."""
        return self._named(self.table[min(int(progress * SEGMENTS + 1e-9), SEGMENTS - 1)])

    @property
    def mean(self) -> dict[str, float]:
        """What each stream is promised of the phase's tokens."""
        return self._named(self.table[0] if self.constant else self.table.mean(axis=0))

    @property
    def constant(self) -> bool:
        return bool((self.table == self.table[0]).all())

    def in_parts(self, parts: int = PARTS) -> list[dict[str, float]]:
        """Shares in equal parts of the phase; one part where nothing changes."""
        if self.constant:
            return [self._named(self.table[0])]
        return [self._named(part.mean(axis=0)) for part in np.array_split(self.table, parts)]

    def _named(self, shares: np.ndarray) -> dict[str, float]:
        return dict(zip(self.streams, shares.tolist(), strict=True))


def mixture_of(phase: specs.Phase, sizes: Mapping[str, float] | None, *, field: str = "") -> Mixture:
    """``sizes``: the tokens of the samples that each stream keeps, by name; None while they are not known.

    ``UserError`` at the parameter at fault under ``field``, ``Unsized`` where the mixture needs sizes and there are none.
    """
    module, params = load_method("mixing", phase.mixture, field)
    names = tuple(stream.name for stream in phase.streams)
    context = MixContext(names, sizes, phase.tokens)
    with in_method(field):
        places = [0] if getattr(module, "constant", False) else range(SEGMENTS)
        rows = [_shares(module.weights(k / SEGMENTS, context, params), names) for k in places]
        parts = module.parts(context, params) if hasattr(module, "parts") else {}
    remarks = _remarks(module, context, params, field) if sizes is not None else []
    return Mixture(names, np.broadcast_to(np.array(rows), (SEGMENTS, len(names))), parts, remarks)


def planned_until(parts: Sequence[Mapping[str, float]], progress: float) -> dict[str, float]:
    """The average of shares in equal parts from the phase's start to ``progress`` (above 0)."""
    done = min(max(progress, 0.0), 1.0) * len(parts)
    weights = np.clip(done - np.arange(len(parts)), 0, 1)
    total = weights.sum() or 1.0
    if not weights.any():
        weights[0] = 1.0
    return {
        name: float(sum(w * part[name] for w, part in zip(weights, parts, strict=True)) / total) for name in parts[0]
    }


def _shares(raw: Mapping[str, float], names: Sequence[str]) -> list[float]:
    total = sum(raw[name] for name in names)
    if not 0 < total < float("inf") or any(raw[name] < 0 for name in names):
        raise UserError("The weights of the streams are positive numbers, or zero for some of them.")
    return [raw[name] / total for name in names]


def _remarks(module, context: MixContext, params, field: str) -> list[Remark]:
    found = module.remarks(context, params) if hasattr(module, "remarks") else []
    return [Remark(remark.sentence, f"{field}.params.{remark.field}" if remark.field else field) for remark in found]


__all__ = ["PARTS", "Mixture", "Unsized", "mixture_of", "planned_until"]

"""All four guidelines of one order."""

from dataclasses import asdict, dataclass

import numpy as np

from gradatim.errors import UserError
from gradatim.meters import batches
from gradatim.meters.boundary import Boundary, boundary
from gradatim.meters.continuity import Continuity, continuity
from gradatim.meters.cycles import Cycles, cycles
from gradatim.meters.diversity import Diversity, diversity
from gradatim.series import percentiles

#: field of :class:`Meters` -> what people call it
GUIDELINES = {
    "boundary": "Boundary sharpening",
    "cycles": "Cyclic scheduling",
    "continuity": "Curriculum continuity",
    "diversity": "Local diversity",
}


@dataclass(frozen=True, slots=True)
class Meters:
    """``samples`` in ``batches``; each guideline's values with their ``reading``, one plain sentence.

    ``looks`` are the stretches that cycles and continuity compare: the batches, or neighbouring ones together where they
    hold few samples.
    """

    samples: int
    batches: int
    looks: int
    boundary: Boundary
    cycles: Cycles
    continuity: Continuity
    diversity: Diversity

    @property
    def batch(self) -> float:
        """Samples in a batch, on average."""
        return self.samples / self.batches

    def as_dict(self) -> dict:
        """Plain values, each guideline's ``reading`` among them."""
        found = {"samples": self.samples, "batches": self.batches, "looks": self.looks}
        for name in GUIDELINES:
            part = getattr(self, name)
            found[name] = {**asdict(part), "reading": part.reading}
        return found


def measure(scores: np.ndarray, stops: np.ndarray, domains: np.ndarray | None = None) -> Meters:
    """The meters of ``scores`` (n,) in the order of training, any real type, in batches that end at ``stops``
    (:mod:`gradatim.meters.batches`); samples after the last stop are not trained on and do not count.

    ``domains``: (n,) whole numbers. ``UserError`` where there is no sample, for NaN, and for arrays that do not fit.
    """
    stops = np.asarray(stops, np.int64)
    if not len(stops) or not len(scores):
        raise UserError("There is no sample to measure.", field="scores")
    sizes = np.diff(stops, prepend=0)
    if sizes.min() < 1 or stops[-1] > len(scores):
        raise UserError("Batches end one after the other, within the order.", field="batch")
    if domains is not None and len(domains) != len(scores):
        raise UserError(
            f"There are {len(domains):,} domains for {len(scores):,} scores: give one a sample.", field="domains"
        )
    n = int(stops[-1])
    u = percentiles(np.asarray(scores)[:n]) / 100
    wide = batches.looks(stops)
    seen = batches.spread(u, stops)
    looked = seen if wide is stops else batches.spread(u, wide)
    return Meters(
        samples=n,
        batches=len(stops),
        looks=len(wide),
        boundary=boundary(u),
        cycles=cycles(u, looked),
        continuity=continuity(looked),
        diversity=diversity(u, seen, stops, None if domains is None else np.asarray(domains)[:n]),
    )

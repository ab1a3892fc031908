"""The guideline meters of well-known orders beside their reference values: `python -m docs.meters_table` prints a table.

Orders of 65,536 samples with distinct scores, lowest first, in batches of 64. The reference values were measured elsewhere, with
another generator behind shuffling and jitter: from seed to seed a jump more or less is found where steps are near a tenth.
"""

from dataclasses import dataclass

import numpy as np

from gradatim import params, registry
from gradatim.meters import Meters, batches, measure
from gradatim.permutation import jitter
from gradatim.seeds import Seed
from gradatim.types import OrderContext

SAMPLES, BATCH = 65_536, 64
COLUMNS = ("end", "start", "trend", "legs", "review", "absence", "coverage", "continuity", "jumps", "spread")
SAW = {"sections": 3, "transition_ratio": 0.075}
STAIR = {"sections": 2, "transition_ratio": 0.225, "layers": 3}


@dataclass(frozen=True, slots=True)
class Reference:
    """An order and its reference values, in the order of ``COLUMNS``."""

    name: str
    method: str
    params: dict
    window: int
    values: tuple


REFERENCES = (
    Reference("random", "shuffle", {}, 0, (0.01, 0.0, 0.0, 0, 0, 0.0, 1.0, 1.0, 0, 1.0)),
    Reference("sort", "sorting", {}, 0, (1.0, -1.0, 1.0, 1, 0, 0.7, 0.0, 1.0, 0, 0.0)),
    Reference("sort + JIT 4096", "sorting", {}, 4096, (0.99, -0.99, 1.0, 1, 0, 0.68, 0.19, 0.94, 0, 0.06)),
    Reference("FO 5", "folding", {"layers": 5}, 0, (0.56, -0.56, 0.2, 9, 3.82, 0.18, 0.46, 0.01, 4, 0.01)),
    Reference("ZIG 5", "zigzag", {"layers": 5}, 0, (0.56, -0.56, 0.04, 5, 1.96, 0.28, 0.46, 0.99, 0, 0.01)),
    Reference(
        "ZIG 5 + JIT 2048", "zigzag", {"layers": 5}, 2048, (0.55, -0.55, 0.04, 5, 1.82, 0.25, 0.54, 0.86, 27, 0.15)
    ),
    Reference("STR (2, .225, 3)", "stair", STAIR, 0, (1.0, -1.0, 0.94, 5, 0.85, 0.57, 0.17, 0.56, 2, 0.0)),
    Reference("STR + JIT 4096", "stair", STAIR, 4096, (0.99, -0.99, 0.94, 5, 0.38, 0.54, 0.35, 0.83, 4, 0.16)),
    Reference("SAW (3, .075, 2)", "saw", SAW | {"layers": 2}, 0, (1.0, -1.0, 0.99, 5, 0.28, 0.69, 0.09, 0.85, 2, 0.0)),
    Reference("SAW (3, .075, 3)", "saw", SAW | {"layers": 3}, 0, (1.0, -1.0, 0.99, 5, 0.28, 0.68, 0.11, 1.0, 0, 0.0)),
    Reference(
        "SAW + JIT 4096", "saw", SAW | {"layers": 2}, 4096, (0.99, -0.99, 0.99, 3, 0.05, 0.66, 0.24, 0.91, 0, 0.09)
    ),
)


def measured(reference: Reference, seed: int = 1) -> Meters:
    """The meters of the order under a seed, by this project's own orderings."""
    method = registry.load("orderings", reference.method)
    scores = Seed(seed).child("scores").numpy().permutation(SAMPLES).astype(np.float32)
    made = method.order(OrderContext(SAMPLES, scores), params.parse(method.Params, reference.params), Seed(seed))
    order = jitter(made[0], reference.window, Seed(seed))
    return measure(scores[order], batches.of_samples(SAMPLES, BATCH))


def values(meters: Meters) -> tuple:
    """In the order of ``COLUMNS``."""
    parts = (meters.boundary, meters.cycles, meters.continuity, meters.diversity)
    return tuple(next(getattr(part, name) for part in parts if hasattr(part, name)) for name in COLUMNS)


def main() -> None:
    print(f"| order | {' | '.join(COLUMNS)} |")
    print(f"| --- |{' --- |' * len(COLUMNS)}")
    for reference in REFERENCES:
        found = values(measured(reference))
        cells = [f"{_number(own)} ({_number(known)})" for own, known in zip(found, reference.values, strict=True)]
        print(f"| {reference.name} | {' | '.join(cells)} |")


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{round(value, 2) + 0.0:.2f}"


if __name__ == "__main__":
    main()

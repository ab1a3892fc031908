"""Plain ascent in sections, with folded transitions between them: a staircase that revisits what it leaves.

Around each split between two sections the samples within the transition ratio (of the whole dataset, on either side) are
folded into layers; everything else stays sorted. Every layer climbs through the whole transition, so the last one ends at its
high end and the exit is closed whatever their number. Transitions that overlap are cut short: keep the ratio below half a section.
The defaults are the published configuration's and are not shown to be the best; reports name stair with jitter.

Source: STR, arXiv 2605.30334
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _layers, _sorted, _transitions
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
title = "STR (stair)"
output = "permutation"
use = (
    "Where the order shall rise as a whole and still look back: each transition goes through the scores "
    "around a split several times."
)


@dataclass(frozen=True, slots=True)
class Params:
    sections: int = param(2, ge=1, help="Sections of the sorted order; 1 is plain sorting.")
    transition_ratio: float = param(
        0.225, ge=0, help="Reach of a transition to either side of a split, as a share of all samples; 0 is none."
    )
    layers: int = param(3, ge=1, help="Layers into which a transition is folded.")
    descending: bool = param(False, help="Highest score first.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)

    def mix(region: np.ndarray) -> np.ndarray:
        return _layers.folded(region, params.layers)

    mixed = _transitions.with_transitions(by_score, params.sections, params.transition_ratio, mix)
    return _sorted.every_epoch(mixed, context)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    return _transitions.remarks(context.n, params.sections, params.transition_ratio, params.layers)

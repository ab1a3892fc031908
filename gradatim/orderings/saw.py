"""Plain ascent in sections, with zigzag transitions between them: each transition is walked up, down, up.

With an even number of layers a transition ends at its low end and the order then jumps up by the whole transition; with an odd
number there is no jump. The defaults are the published configuration's (two layers) and are not shown to be the best; reports name
saw with jitter. Transitions that overlap are cut short: keep the ratio below half a section.

Source: SAW, arXiv 2605.30334
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _layers, _sorted, _transitions
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext

version = 1
output = "permutation"


@dataclass(frozen=True, slots=True)
class Params:
    sections: int = param(3, ge=1, help="Sections of the sorted order; 1 is plain sorting.")
    transition_ratio: float = param(
        0.075, ge=0, help="Reach of a transition to either side of a split, as a share of all samples; 0 is none."
    )
    layers: int = param(2, ge=1, help="Layers of a transition's zigzag; an odd number leaves no jump behind it.")
    descending: bool = param(False, help="Highest score first.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)

    def mix(region: np.ndarray) -> np.ndarray:
        return _layers.zigzagged(region, params.layers)

    mixed = _transitions.with_transitions(by_score, params.sections, params.transition_ratio, mix)
    return _sorted.every_epoch(mixed, context)

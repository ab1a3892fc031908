"""Plain ascent in sections, with zigzag transitions between them: each transition is walked up, down, up.

With an even number of layers a transition ends at its low end and the order then jumps up by the whole transition; with an odd
number there is no jump. A closed exit gives an even number one layer more, which climbs back. The defaults are the published
configuration's (two layers) and are not shown to be the best; reports name saw with jitter. Transitions that overlap are cut
short: keep the ratio below half a section.

Source: SAW, arXiv 2605.30334
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _layers, _sorted, _transitions
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
title = "SAW"
output = "permutation"
use = "As stair, with neighbours that stay neighbours inside a transition. Close the exit where no jump shall be left."


@dataclass(frozen=True, slots=True)
class Params:
    sections: int = param(3, ge=1, help="Sections of the sorted order; 1 is plain sorting.")
    transition_ratio: float = param(
        0.075, ge=0, help="Reach of a transition to either side of a split, as a share of all samples; 0 is none."
    )
    layers: int = param(2, ge=1, help="Layers of a transition's zigzag; an odd number leaves no jump behind it.")
    descending: bool = param(False, help="Highest score first.")
    close_exit: bool = param(
        False, added=True, help="Give an even number of layers one more, so that no jump is left behind a transition."
    )


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)

    def mix(region: np.ndarray) -> np.ndarray:
        return _layers.zigzagged(region, _layers_of(params))

    mixed = _transitions.with_transitions(by_score, params.sections, params.transition_ratio, mix)
    return _sorted.every_epoch(mixed, context)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    layers = _layers_of(params)
    found = _transitions.remarks(context.n, params.sections, params.transition_ratio, layers)
    regions = _transitions.regions(context.n, params.sections, params.transition_ratio)
    longest = max((end - start for start, end in regions), default=0)
    if layers % 2 == 0 and layers < longest:
        way = "down" if params.descending else "up"
        said = (
            f"With {layers:,} layers, an even number, a transition ends where it began: the order then jumps {way} "
            f"by {longest / context.n:.1%} of the samples. Close the exit, or take an odd number of layers."
        )
        found.append(Remark(said.replace("%", " %"), "layers"))
    return found


def _layers_of(params: Params) -> int:
    return _layers.closed(params.layers) if params.close_exit else params.layers

"""All samples by score, lowest first unless asked otherwise: the classic curriculum, easy to hard.

Equal scores keep their order in the dataset. A Gumbel temperature blurs the ranks with noise, the same amount everywhere: at
0.01 a sample moves by about one hundredth of the dataset. It is off by default; where it is on, every epoch is blurred anew.

Source: curriculum learning, Bengio et al. 2009; rank noise as in arXiv 2605.30334 (there counted in ranks, here as a share)
"""

from dataclasses import dataclass

import numpy as np

from gradatim import permutation
from gradatim.orderings import _epochs, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext

version = 1
output = "permutation"
use = (
    "For the classic question whether easy samples first help. Mind the end of the schedule: the last samples "
    "meet the lowest learning rate."
)


@dataclass(frozen=True, slots=True)
class Params:
    descending: bool = param(False, help="Highest score first.")
    gumbel_temperature: float = param(
        0.0, ge=0, help="Size of the random noise on the ranks, as a share of the number of samples; 0 is none."
    )


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)
    if params.gumbel_temperature == 0:
        return _sorted.every_epoch(by_score, context)

    def blurred(seed: Seed) -> np.ndarray:
        return permutation.gumbel(by_score, params.gumbel_temperature, seed)

    return _epochs.fresh_every_epoch(blurred, context.epochs, rng)

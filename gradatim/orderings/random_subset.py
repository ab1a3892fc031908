"""Every pass a fresh random part of the samples: the baseline that methods of selection must beat.

Without replacement the passes walk through one random permutation of all samples, which is shuffled anew where it is used up: no sample
comes a second time before all others have come once. With replacement each pass is drawn from all samples again. Looks at no score.

Source: RS2, Okanovic et al. 2023, arXiv 2305.18424
"""

from dataclasses import dataclass

import numpy as np

from gradatim.errors import UserError
from gradatim.orderings import _epochs
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "repeats"
use = "As the baseline of every selection: the same budget on a fresh random part of the data in every pass."


@dataclass(frozen=True, slots=True)
class Params:
    share: float = param(0.1, gt=0, le=1, help="The share of the samples in a pass.")
    replacement: bool = param(False, help="Draw every pass from all samples, whatever earlier ones held.")


def needs_scores(params: Params) -> bool:
    return False


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    if not 0 < params.share <= 1:
        raise UserError(f"A share is above 0 and at most 1, not {params.share}.", field="share")
    n = context.n
    size = min(n, max(1, round(params.share * n)))

    def shuffled(seed: Seed) -> np.ndarray:
        return seed.numpy().permutation(np.arange(n, dtype=np.uint32))

    if params.replacement or not n:
        return _epochs.fresh_every_epoch(lambda seed: shuffled(seed)[:size], context.epochs, rng)
    rounds = -(-size * context.epochs // n)
    walk = np.concatenate(_epochs.fresh_every_epoch(shuffled, rounds, rng))
    return [walk[epoch * size : (epoch + 1) * size] for epoch in range(context.epochs)]


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    if params.share == 1:
        return [Remark("A pass over all samples is a plain shuffle.", "share")]
    if context.n and round(params.share * context.n) == 0:
        return [
            Remark(
                f"{params.share:g} of {context.n:,} samples is less than half of one: a pass is one sample.", "share"
            )
        ]
    return []

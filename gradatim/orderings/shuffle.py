"""A uniform random permutation under the seed: the baseline of every comparison of orders.

Looks at no score. Every later epoch is shuffled anew. Equal seeds give the order of Python's
``random.Random(seed).shuffle``, with which published orderings are made.

Source: Fisher and Yates (1938), as in Python's random.shuffle
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _epochs, _shuffle
from gradatim.seeds import Seed
from gradatim.types import OrderContext

version = 1
output = "permutation"
use = "As the baseline: no claim about an order stands without a comparison with it, under several seeds."


@dataclass(frozen=True, slots=True)
class Params:
    pass


def needs_scores(params: Params) -> bool:
    return False


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    def once(seed: Seed) -> np.ndarray:
        return _shuffle.Shuffler(seed).shuffled(np.arange(context.n, dtype=np.uint32))

    return _epochs.fresh_every_epoch(once, context.epochs, rng)

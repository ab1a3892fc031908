"""Randomness over epochs: the first uses the seed as it is, each later one a seed of its own."""

from collections.abc import Callable

import numpy as np

from gradatim.seeds import Seed


def fresh_every_epoch(order: Callable[[Seed], np.ndarray], epochs: int, rng: Seed) -> list[np.ndarray]:
    """``order`` of one seed an epoch; the order of an epoch does not depend on how many follow."""
    return [order(rng if epoch == 0 else rng.child("epoch", epoch)) for epoch in range(epochs)]

"""Randomness over epochs: the first uses the seed as it is, each later one a seed of its own."""

from collections.abc import Callable

import numpy as np

from gradatim.seeds import Seed

Order = Callable[[Seed], np.ndarray]


def fresh_every_epoch(order: Order, epochs: int, rng: Seed, first: Order | None = None) -> list[np.ndarray]:
    """``order`` of one seed an epoch (``first`` makes the first one, where it differs); the order of an epoch does not depend on
    how many follow."""
    return [order(rng.child("epoch", epoch)) if epoch else (first or order)(rng) for epoch in range(epochs)]

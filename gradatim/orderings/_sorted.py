"""The samples by score, and the same order for every epoch: where most orderings start and end."""

import numpy as np

from gradatim import ranking
from gradatim.types import OrderContext


def sorted_samples(context: OrderContext, descending: bool = False) -> np.ndarray:
    """Positions (uint32) by score, stable in both directions; ``UserError`` for missing or NaN scores."""
    return ranking.stable_order(ranking.checked(context.scores, context.n), descending)


def every_epoch(order: np.ndarray, context: OrderContext) -> list[np.ndarray]:
    """One and the same array for each epoch: a deterministic order repeats."""
    return [order] * context.epochs

"""An order beside the learning rate under which it is consumed: when the best data come where the rate has vanished.

Orders of ascending quality beat uniform data under a constant learning rate; the lead shrinks as the rate decays further, and is
about zero where it ends near zero: the rate weighs the samples, and the best ones come last. Descending orders were worse than
uniform data throughout. Both were seen with a quality score; nothing is known for scores of other kinds.

Source: Luo et al., "How Learning Rate Decay Wastes Your Best Data in Curriculum-Based LLM Pretraining", arXiv 2511.18903
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from gradatim import schedules, series, specs
from gradatim.meters.boundary import boundary

#: Beyond this rank correlation of position and score an order has a direction; random orders, folding and zigzag have none.
TREND = 0.5
#: A rate that ends below this share of its peak has vanished.
VANISHED = 0.1
#: Where the gentle decay of the source ends, as a share of the peak.
GENTLE = 1 / 3
#: Passes that are looked at: an order that is repeated more often has no trend left.
PASSES = 8

Kind = Literal["best last", "hardest last", "unknown last", "best first"]
_UP = {"better": 1, "harder": 1, "neutral": 1, "worse": -1, "easier": -1}


def consumed(order: np.ndarray, lengths: np.ndarray, tokens: float) -> np.ndarray:
    """Positions as a stream that gives ``tokens`` consumes them: a part of the pass ``order``, or it over and over.

    ``lengths`` (tokens) are by position.
    """
    ends = np.cumsum(lengths[order], dtype=np.int64)
    if not len(order) or not ends[-1]:
        return order
    whole = min(PASSES, int(tokens // ends[-1]))
    rest = tokens - whole * ends[-1] if whole < PASSES else 0
    part = order[: int(np.searchsorted(ends, rest)) + 1] if rest > 0 else order[:0]
    return np.concatenate([order] * whole + [part])


def trend(scores: np.ndarray) -> float:
    """Spearman's rank correlation of position and score, of ``scores`` in the order in which they are consumed."""
    return boundary(series.percentiles(np.asarray(scores)) / 100).trend if len(scores) else 0.0


def end_share(recipe: specs.Recipe, budgets: Sequence[int], phase: int) -> float:
    """The learning rate at the end of phase number ``phase``, as a share of the highest that its schedule comes to.

    ``budgets``: the tokens of all phases.
    """
    rows, size = recipe.batch_size, recipe.batch_size * recipe.context
    steps = [schedules.steps_of(tokens, size) for tokens in budgets]
    course = schedules.courses(recipe.schedules, steps)[phase]
    end = course.rate(sum(steps[: phase + 1]), rows=rows, size=size)
    return end / course.highest(rows=rows, size=size)


def finding(trend: float, end: float, higher_means: str) -> Kind | None:
    """What to say of an order with this ``trend`` under a rate that ends at this share of its peak; None: nothing."""
    upward = trend * _UP.get(higher_means, 1)
    if higher_means in ("better", "worse") and upward < -TREND:
        return "best first"
    if end > VANISHED - 1e-9:  # 3e-4 of 3e-3 is a tenth
        return None
    if higher_means not in ("better", "worse", "harder", "easier"):
        return "unknown last" if abs(trend) > TREND else None
    if upward <= TREND:
        return None
    return "best last" if higher_means in ("better", "worse") else "hardest last"

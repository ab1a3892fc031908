"""Learning rates: linear warm-up, then cosine, constant, or warm-up-stable-decay (WSD) with a linear tail.

Steps are counted within a phase, from 0; each phase of a curriculum has its own schedule.
"""

import math

from gradatim.specs import Schedule


def rate(schedule: Schedule, step: int, steps: int) -> float:
    """The learning rate of update ``step`` (0-based) of a phase with ``steps`` updates; ``step == steps`` is its end.

    Warm-up rises linearly over ``round(warmup * steps)`` updates, the last of which has the peak. After it, with m the
    peak and e the floor: cosine is e + (m - e)(1 + cos(pi z)) / 2, z the share of the remaining steps (Loshchilov and
    Hutter 2017); WSD stays at m until the last ``round(decay * steps)`` updates and then falls linearly to e
    (Hu et al. 2024, arXiv 2404.06395).
    """
    peak, floor = schedule.peak, schedule.floor
    warmup = round(schedule.warmup * steps)
    if step < warmup:
        return peak * (step + 1) / warmup
    if schedule.shape == "constant":
        return peak
    if schedule.shape == "cosine":
        share = (step - warmup) / max(1, steps - warmup)
        return floor + (peak - floor) * (1 + math.cos(math.pi * share)) / 2
    start = max(warmup, steps - round(schedule.decay * steps))
    if step < start or start == steps:
        return peak
    share = (step - start) / (steps - start)
    return peak * (1 - share) + floor * share

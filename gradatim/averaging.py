"""Averages of a run's weights: which steps' weights enter one, and how much each counts. The arithmetic alone, without torch.

The average begins as the first weights that are taken (nothing is debiased: no weights that were never trained are in it) and
moves towards each that follow: by 1 - ``decay`` for an exponential average (EMA), by one over their number for the simple mean
(SMA). So it needs the memory of one more copy of the weights, however many are averaged. That the average starts with the first
of them is our reading of M <- 0.2 M_i + 0.8 M.

Source: Luo et al., arXiv 2511.18903 (CMA: a constant rate and the EMA of the last 6 checkpoints; CDMA: the same after a gentle decay)
"""

from gradatim.specs import Averaging

#: Of a phase's steps: the last checkpoints are spread over so much of its end.
SHARE = 0.15
_CHECKPOINTS = 6


def published(steps: int) -> Averaging:
    """What CMA and CDMA average, for a last phase of so many steps."""
    every = max(1, int(steps * SHARE) // _CHECKPOINTS)
    return Averaging(method="ema", decay=0.8, every=every, last=_CHECKPOINTS)


def taken(spec: Averaging, steps: int) -> range:
    """The steps (counted from 1) whose weights enter the average of a run of ``steps`` steps: the last is always one of them."""
    if spec.method == "none":
        return range(0)
    count = (steps - 1) // spec.every + 1
    if spec.last is not None:
        count = min(count, spec.last)
    return range(steps - (count - 1) * spec.every, steps + 1, spec.every)


def weight(spec: Averaging, number: int) -> float:
    """How far the average moves towards the weights that are taken as the ``number``-th, from 1; the first are the average."""
    if number == 1:
        return 1.0
    return 1 / number if spec.method == "sma" else 1 - spec.decay


def in_words(spec: Averaging) -> str:
    """Such as "EMA 0.8 of the last 6 weights, every 20 steps"."""
    kind = f"EMA {spec.decay:g}" if spec.method == "ema" else "Mean"
    which = f"the last {spec.last} weights" if spec.last else "all weights"
    return f"{kind} of {which}, every {f'{spec.every:,} steps' if spec.every > 1 else 'step'}"

"""Samples drawn from a pool that grows from the easiest ones to all: what the model may see follows its competence.

At progress t of the growth the pool is the easiest share c(t) of the samples, and each draw is uniform from it, with replacement: a
pass has as many draws as there are samples, repeats many of them and leaves out others. Once the pool holds everything, a pass is
all samples, shuffled. Pacing: linear, c = c0 + (1 - c0) t; root, c = (c0^p + (1 - c0^p) t)^(1/p), whose new samples come in ever
smaller portions; quadratic, c = t^2, and inverse quadratic, c = 1 - (1 - t)^2, both no less than c0.

Source: competence-based curriculum, Platanios et al. 2019; quadratic pacings of Zhang et al. 2025, arXiv 2506.11300
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradatim.errors import UserError
from gradatim.orderings import _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "repeats"
use = (
    "Where the pool of samples shall grow smoothly with the model's competence; the draw repeats easy samples "
    "and may miss hard ones."
)


@dataclass(frozen=True, slots=True)
class Params:
    pacing: Literal["linear", "root", "quadratic", "inverse_quadratic"] = param("root", help="How the pool grows.")
    start: float = param(
        0.01, gt=0, le=1, label="Starting share", help="The share of the samples that the pool starts with, c0."
    )
    power: float = param(2.0, gt=0, help="The p of root pacing: 2 is the square root, 3 the cube root.")
    growth: float = param(1.0, gt=0, label="Passes of growth", help="Passes after which the pool holds all samples.")
    descending: bool = param(False, help="The highest scores are the easiest ones.")


def competence(progress: np.ndarray, params: Params) -> np.ndarray:
    """The share of the samples that the pool holds at ``progress`` of its growth (1: all of it)."""
    t, c0, p = np.clip(progress, 0, 1), params.start, params.power
    if params.pacing == "root":
        share = (c0**p + (1 - c0**p) * t) ** (1 / p)
    elif params.pacing == "linear":
        share = c0 + (1 - c0) * t
    elif params.pacing == "quadratic":
        share = np.maximum(c0, t**2)
    else:
        share = np.maximum(c0, 1 - (1 - t) ** 2)
    return np.minimum(1, share)


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    for name in ("start", "power", "growth"):
        if not getattr(params, name) > 0:
            raise UserError("This is a number above 0.", field=name)
    by_score = _sorted.sorted_samples(context, params.descending)
    n, passes = context.n, []
    for epoch in range(context.epochs):
        generator = (rng.child("epoch", epoch) if epoch else rng).numpy()
        if epoch >= params.growth:
            passes.append(generator.permutation(by_score))
            continue
        pool = _sizes(n, epoch, params)
        passes.append(by_score[(generator.random(n) * pool).astype(np.int64)])
    return passes


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    if params.start >= 1:
        return [Remark("The pool holds all samples from the start: nothing grows.", "start")]
    if params.pacing != "root" and params.power != 2:
        return [Remark("Only root pacing looks at the power.", "power")]
    if context.n and params.start * context.n < 1:
        return [
            Remark(f"{params.start:g} of {context.n:,} samples is less than one: the pool starts with one.", "start")
        ]
    return []


def _sizes(n: int, epoch: int, params: Params) -> np.ndarray:
    """Samples in the pool at each draw of a pass: at least one."""
    progress = (epoch + np.arange(n) / max(n, 1)) / params.growth
    return np.clip(np.ceil(competence(progress, params) * n), 1, n)

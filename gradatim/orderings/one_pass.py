"""Equal buckets from easy to hard, each visited once and shuffled inside: ascent with a choice of neighbours.

A pass holds every sample once. Every later pass visits the buckets again, shuffled anew. One bucket is a plain shuffle, as many as
there are samples plain sorting.

Source: one-pass curriculum, Bengio et al. 2009; "linear" with ten buckets in Zhang et al. 2025, arXiv 2506.11300
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _buckets, _epochs, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "permutation"
use = "As sorting, with batches that are mixed within a bucket: a coarse ascent at a shuffle's local diversity."


@dataclass(frozen=True, slots=True)
class Params:
    buckets: int = param(10, ge=1, help="Buckets of equal size.")
    descending: bool = param(False, help="Begin with the highest scores.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)
    bucket = _buckets.of_ranks(context.n, params.buckets)

    def once(seed: Seed) -> np.ndarray:
        return _buckets.shuffled_inside(by_score, bucket, seed.numpy())

    return _epochs.fresh_every_epoch(once, context.epochs, rng)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    return _buckets.remarks(context.n, params.buckets, "a plain shuffle")

"""Easy samples first, and harder ones added bucket by bucket: each stage learns all that came before, and one bucket more.

The samples are cut by score into equal buckets. The first pass is all stages one after another, stage i being the buckets 1 to i
shuffled together; it holds the easiest bucket as often as there are buckets, the hardest one once. Every later pass is all samples,
shuffled anew. The published method ends a stage where the loss no longer falls; here each is passed through once.

Source: baby steps, Bengio et al. 2009 and Spitkovsky et al. 2010
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _buckets, _epochs, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "repeats"
use = "Where easy samples shall stay in view while harder ones come in, and the budget allows to repeat them."


@dataclass(frozen=True, slots=True)
class Params:
    buckets: int = param(5, ge=1, le=100, help="Buckets of equal size, and stages of the first pass.")
    descending: bool = param(False, help="Begin with the highest scores.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)
    bucket = _buckets.of_ranks(context.n, params.buckets)

    def stages(seed: Seed) -> np.ndarray:
        generator = seed.numpy()
        ends = np.flatnonzero(np.diff(bucket, append=-1)) + 1
        return np.concatenate([generator.permutation(by_score[:end]) for end in ends] or [by_score])

    def everything(seed: Seed) -> np.ndarray:
        return seed.numpy().permutation(by_score)

    return _epochs.fresh_every_epoch(everything, context.epochs, rng, first=stages)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    found = _buckets.remarks(context.n, params.buckets, "a plain shuffle")
    if not found and context.n:
        times = (params.buckets + 1) / 2
        said = f"The first pass holds the easiest bucket {params.buckets} times, and {times:g} times as many samples as are kept."
        found.append(Remark(said, "buckets"))
    return found

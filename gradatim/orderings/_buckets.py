"""Equal buckets of a sorted order, and shuffles inside them: shared by the orderings that work bucket by bucket."""

import numpy as np

from gradatim import ranking
from gradatim.errors import UserError
from gradatim.types import Remark


def of_ranks(n: int, buckets: int) -> np.ndarray:
    """The bucket (from 0, ascending) of each of ``n`` ranks: sizes differ by one at most, the first buckets are the larger."""
    if buckets < 1:
        raise UserError(f"There is at least one bucket, not {buckets}.", field="buckets")
    ranks = np.arange(n)
    buckets = max(1, min(buckets, n))
    size, larger = divmod(n, buckets)
    if not size:
        return ranks
    return np.where(ranks < larger * (size + 1), ranks // (size + 1), (ranks - larger) // size)


def shuffled_inside(items: np.ndarray, bucket: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """``items`` by ascending ``bucket``, a whole number below 2**32, in random order within each."""
    mixed = generator.permutation(len(items))
    return items[mixed[ranking.stable_order(bucket[mixed].astype(np.uint32))]]


def remarks(n: int, buckets: int, one: str) -> list[Remark]:
    """``one`` is what a single bucket comes to."""
    if buckets == 1:
        return [Remark(f"One bucket is {one}.", "buckets")]
    if 0 < n <= buckets:
        return [
            Remark(f"{buckets:,} buckets of {n:,} samples hold one each: nothing is shuffled inside them.", "buckets")
        ]
    return []

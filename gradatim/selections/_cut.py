"""Keeping a number of samples from one end of the score range: shared by top_k and top_r."""

from typing import Literal

import numpy as np

from gradatim import ranking
from gradatim.types import SelectContext, Selection

Keep = Literal["highest", "lowest"]
KEEP_HELP = "Which end of the scores is kept: highest, or lowest (the best of a perplexity are its lowest)."


def keep_count(context: SelectContext, count: int, keep: Keep) -> Selection:
    """The ``count`` highest or lowest scores: the last or the first of a stable ascending sort.

    Ties at the cut so keep the later positions for highest and the earlier ones for lowest: the k lowest and the n-k highest
    share no sample and leave none out. A count of 0 keeps nothing, one beyond n keeps all.
    """
    scores = ranking.checked(context.scores, context.n)
    n = len(scores)
    if count <= 0:
        return Selection(np.empty(0, np.uint32), _reasons({"none wanted": n}))
    ascending = ranking.stable_order(scores)
    count = min(count, n)
    kept = ascending[n - count :] if keep == "highest" else ascending[:count]
    if n == 0:
        return Selection(kept)
    cut = scores[kept[0] if keep == "highest" else kept[-1]]
    beyond = np.count_nonzero(scores < cut if keep == "highest" else scores > cut)
    side = "below" if keep == "highest" else "above"
    reasons = _reasons({f"score {side} the cut": beyond, "tied at the cut": n - count - beyond})
    return Selection(np.sort(kept), reasons, float(cut))


def keep_where(scores: np.ndarray, mask: np.ndarray, keep: Keep, reason: str) -> Selection:
    """The samples of a mask; ``cut`` is the kept score nearest to those that are dropped."""
    kept = np.flatnonzero(mask).astype(np.uint32)
    cut = None
    if len(kept):
        cut = float(scores[kept].min() if keep == "highest" else scores[kept].max())
    return Selection(kept, _reasons({reason: len(mask) - len(kept)}), cut)


def _reasons(counts: dict[str, int]) -> dict[str, int]:
    return {reason: int(count) for reason, count in counts.items() if count}

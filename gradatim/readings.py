"""An order in words: what it starts and ends with, read off the order itself, so that it is true of any ordering."""

import numpy as np

#: What a low and a high score are, by what a higher score means (``higher_means`` of the score set).
ENDS = {
    "harder": ("easiest", "hardest", "easier", "harder"),
    "easier": ("hardest", "easiest", "harder", "easier"),
    "better": ("worst", "best", "worse", "better"),
    "worse": ("best", "worst", "better", "worse"),
}


def reading(scores: np.ndarray, order: np.ndarray, higher_means: str = "neutral", by: str = "score") -> str:
    """Such as "Starts with the easiest (lowest perplexity), ends with the hardest (highest perplexity)."

    ``scores`` (rows,) of the dataset, ``order`` (n,) positions in it, with or without repeats; ``by`` is what the scores are called.
    Start and end are the first and the last tenth, by the mean percentile of their samples among all in the order.
    """
    if not len(order):
        return "There is no sample to start with."
    start, end = ends(scores, order)
    first, last = _words(start, higher_means, by), _words(end, higher_means, by)
    return f"Starts and ends with {first}." if first == last else f"Starts with {first}, ends with {last}."


def ends(scores: np.ndarray, order: np.ndarray) -> tuple[float, float]:
    """The mean percentile (0 to 100) of the first and of the last tenth of the order."""
    scores = np.asarray(scores)
    held = np.zeros(len(scores), bool)
    held[order] = True
    pool = np.sort(scores[held])
    tenth = max(1, len(order) // 10)
    return _mean_percentile(scores[order[:tenth]], pool), _mean_percentile(scores[order[-tenth:]], pool)


def _mean_percentile(part: np.ndarray, pool: np.ndarray) -> float:
    """Of scores among the ascending ``pool``: the middle of a rank's interval, ties at their common middle."""
    part = np.sort(part)
    ranks = np.searchsorted(pool, part, side="left") + np.searchsorted(pool, part, side="right")
    return float(ranks.mean() / 2 / len(pool) * 100)


def _words(percentile: float, higher_means: str, by: str) -> str:
    low, high, lower, higher = ENDS.get(higher_means, ("", "", "", ""))
    if not low:
        extreme = {True: f"the lowest {by}", False: f"the highest {by}"}
        mostly = {True: f"mostly lower {by}", False: f"mostly higher {by}"}
    else:
        extreme = {True: f"the {low} (lowest {by})", False: f"the {high} (highest {by})"}
        mostly = {True: f"mostly {lower} samples (lower {by})", False: f"mostly {higher} samples (higher {by})"}
    if 40 <= percentile <= 60:
        return "samples of every level"
    is_low = percentile < 50
    return extreme[is_low] if min(percentile, 100 - percentile) <= 15 else mostly[is_low]

"""An order in words: what it starts and ends with, read off the order itself, so that it is true of any ordering."""

import numpy as np

from gradatim.series import percentiles

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
    pool = np.unique(order)
    of_row = np.empty(int(pool[-1]) + 1)
    of_row[pool] = percentiles(np.asarray(scores)[pool])
    tenth = max(1, len(order) // 10)
    return float(of_row[order[:tenth]].mean()), float(of_row[order[-tenth:]].mean())


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

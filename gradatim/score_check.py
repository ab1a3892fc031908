"""What there is to know of scores before samples are put in order by them."""

from dataclasses import dataclass

import numpy as np

#: From this share of the samples on, equal scores are worth a word: they stand in the order of the dataset.
TIED = 0.5


@dataclass(frozen=True, slots=True)
class ScoreCheck:
    """Counts over the ``samples``: scores that are ``missing`` (NaN), the lowest or highest possible (``infinite``), and the share
    ``tied`` of those that share theirs with another; ``constant``: all are equal."""

    samples: int
    missing: int = 0
    infinite: int = 0
    tied: float = 0.0
    constant: bool = False

    @property
    def sentences(self) -> list[str]:
        """One for each thing that is not as it should be."""
        found = []
        if self.missing:
            are = "has no score" if self.missing == 1 else "have no score"
            found.append(
                f"{self.missing:,} of {self.samples:,} samples {are} (NaN) and cannot be put in order: import the scores "
                "with a value for what is missing, or compute them again."
            )
        if self.infinite:
            scores = f"scores {'is infinite and comes' if self.infinite == 1 else 'are infinite and come'}"
            found.append(f"{self.infinite:,} of {self.samples:,} {scores} first or last.")
        if self.constant:
            found.append("All scores are equal: an order by them is the order of the dataset.")
        elif self.tied >= TIED:
            share = f"{100 * self.tied:.0f} %"
            found.append(f"{share} of the samples share their score with others: those keep the order of the dataset.")
        return found


def check(scores: np.ndarray) -> ScoreCheck:
    """``scores`` (n,) of any real type."""
    n = len(scores)
    if not n:
        return ScoreCheck(0)
    known = scores
    if scores.dtype.kind == "f" and (gaps := np.isnan(scores)).any():
        known = scores[~gaps]
    infinite = int(np.count_nonzero(np.isinf(known))) if known.dtype.kind == "f" else 0
    ordered = np.sort(known)
    same = ordered[1:] == ordered[:-1]
    # a score is shared where it equals the one before or the one after it
    shared = np.zeros(len(known), bool)
    shared[1:] |= same
    shared[:-1] |= same
    constant = len(known) > 1 and bool(same.all())
    return ScoreCheck(n, n - len(known), infinite, float(shared.mean()) if len(known) else 0.0, constant)

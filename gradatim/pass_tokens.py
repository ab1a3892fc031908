"""How many tokens the passes of a stream hold, told before a plan is made: in all and by domain."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class PassTokens:
    """``table`` (passes, domains) float64: tokens of each known pass by domain; the last one stands for all that follow.

    Passes are counted in tokens everywhere: whole passes that were served, and of the current one the share of its tokens.
    """

    table: np.ndarray

    @property
    def sums(self) -> np.ndarray:
        return self.table.sum(axis=1)

    def room(self, epochs: int | None) -> float:
        """The tokens of so many passes; None: of as many as anybody asks for."""
        if epochs is None:
            return math.inf
        sums = self.sums
        return float(sums[:epochs].sum() + max(0, epochs - len(sums)) * sums[-1])

    def passes(self, tokens: float) -> float:
        """How many passes ``tokens`` are."""
        ends = np.cumsum(self.sums)
        k = int(np.searchsorted(ends, tokens, side="right"))
        if k == len(ends):
            return k + float((tokens - ends[-1]) / self.sums[-1])
        return k + float((tokens - (ends[k - 1] if k else 0)) / self.sums[k])

    def by_domain(self, tokens: float) -> np.ndarray:
        """``tokens`` (domains,) of what is served: whole passes, and the last one in proportion."""
        passes = self.passes(tokens)
        whole, share = int(passes), passes - int(passes)
        beyond = max(0, whole - len(self.table))
        last = self.table[min(whole, len(self.table) - 1)]
        return self.table[:whole].sum(axis=0) + beyond * self.table[-1] + share * last

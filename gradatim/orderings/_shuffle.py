"""``random.Random(seed).shuffle`` at array speed: the same draws, the same result, about ten times as fast.

Published orderings shuffle with Python's generator; equal seeds must give equal orders. Python's shuffle draws, for i
from n-1 down to 1, a j in 0..i by rejection from the Mersenne Twister and swaps the items i and j. Here both the
rejection and the swaps are resolved on whole arrays.
"""

import numpy as np

from gradatim.seeds import Seed

#: below this many choices left Python's own loop is as fast
SMALL = 256


class Shuffler:
    """Successive shuffles from one generator, as ``random.Random(seed)`` would do them."""

    def __init__(self, rng: Seed):
        state = rng.python().getstate()[1]
        self._bits = np.random.MT19937()
        key = np.array(state[:-1], dtype=np.uint32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": state[-1]}}
        self._ready = np.empty(0, np.uint64)

    def shuffled(self, items: np.ndarray) -> np.ndarray:
        """A shuffled copy of a one-dimensional array of fewer than 2**32 items."""
        return items[_swapped(self._partners(len(items)))]

    def _partners(self, n: int) -> np.ndarray:
        """j for every i (int64): with whom the item i is swapped; position 0 with itself."""
        partners = np.zeros(n, np.int64)
        choices = n  # how many values the next draw chooses from: i + 1
        while choices > 1:
            bits = choices.bit_length()
            lowest = max(2, 1 << (bits - 1))  # while choices >= lowest, draws have this many bits
            if choices <= SMALL:
                partners[choices - 1] = self._below(choices, bits)
                choices -= 1
                continue
            accepted = self._accepted(choices, choices - lowest + 1, bits)
            partners[choices - len(accepted) : choices] = accepted[::-1]
            choices -= len(accepted)
        return partners

    def _accepted(self, choices: int, wanted: int, bits: int) -> np.ndarray:
        """At most ``wanted`` accepted draws: the t-th is below ``choices`` minus the number accepted before it.

        Which draws are accepted depends on those before; the one consistent answer is found by repeating a guess.
        A block is short against the number of choices, so that a wrong guess moves few decisions: each round shrinks
        the error by a factor, and its first wrong decision always moves on.
        """
        draws = self._peek(min(2 * wanted, max(1, (1 << bits) // 16))) >> np.uint64(32 - bits)
        draws = draws.astype(np.int64)
        rate = choices / (1 << bits)
        before = (np.arange(len(draws)) * rate).astype(np.int64)
        accept = draws < choices - before
        while True:
            before = np.cumsum(accept) - accept
            again = draws < choices - before
            if np.array_equal(again, accept):
                break
            accept = again
        chosen = np.flatnonzero(accept)[:wanted]
        self._skip(int(chosen[-1]) + 1 if len(chosen) == wanted else len(draws))
        return draws[chosen]

    def _below(self, choices: int, bits: int) -> int:
        while True:
            draw = int(self._peek(1)[0]) >> (32 - bits)
            self._skip(1)
            if draw < choices:
                return draw

    def _peek(self, count: int) -> np.ndarray:
        if len(self._ready) < count:
            fresh = self._bits.random_raw(max(count - len(self._ready), 2048))
            self._ready = np.concatenate([self._ready, fresh])
        return self._ready[:count]

    def _skip(self, count: int) -> None:
        self._ready = self._ready[count:]


def _swapped(partners: np.ndarray) -> np.ndarray:
    """Where each item comes from after swapping i with ``partners[i]`` <= i for i = n-1 down to 0; overwrites its argument.

    Step i settles position i with what then lies at p = partners[i]. That was put there by the latest earlier step i' > i
    with the same partner (or p's own item, if there is none), which moved there what lay at i' before step i'; and what lay
    at a position q before its own step was put there by the latest step above q whose partner was q, and so on: a chain
    to follow upwards, of logarithmic length, shortened by pointer doubling.
    """
    n = len(partners)
    steps = np.arange(n)
    # what lies at q before step q: the lowest step above q that visited q (the last assignment to an index stands)
    before_own = np.arange(n + 1)
    unmoved = np.flatnonzero(partners == steps)
    partners[unmoved] = n
    before_own[partners[::-1]] = steps[::-1]
    partners[unmoved] = unmoved
    before_own[n] = n
    while not np.array_equal(further := before_own[before_own], before_own):
        before_own = further
    # sorted by partner, then by step: neighbours with one partner are successive visits of one position
    visits = partners.view(np.uint64) << np.uint64(32)
    visits |= steps.view(np.uint64)
    visits.sort()
    again = np.flatnonzero(visits[1:] ^ visits[:-1] < np.uint64(1 << 32))
    visits &= np.uint64(0xFFFFFFFF)
    steps = visits.view(np.int64)
    partners[steps[again]] = before_own[steps[1:][again]]
    return partners

"""An n-gram language model over token ids: interpolated modified Kneser-Ney, learned and asked with whole arrays.

Sources: Chen & Goodman 1999 (section 3, discounts and backing off); Heafield et al. 2013 (what is counted, as lmplz does). The vocabulary is closed:
every token of the tokenizer has a probability, and all of them sum to 1 after any context.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradatim.errors import UserError

#: Discounts where counts are too few to tell them (lmplz --discount_fallback).
FALLBACK = (0.5, 1.0, 1.5)


@dataclass(frozen=True, slots=True)
class Level:
    """The n-grams of one order k >= 2, sorted by ``keys`` (n,): the row of their first k-1 tokens in the level below, and their last token.

    ``above`` (n,): the discounted share of the last token after the first ones. ``rest`` (n of the level below,): the share that is left to shorter
    contexts, 1 where nothing follows.
    """

    keys: np.ndarray
    above: np.ndarray
    rest: np.ndarray


@dataclass(frozen=True, slots=True)
class NGrams:
    """``unigrams`` (vocab_size + 1,): a probability a token, the last one the start's (0)."""

    vocab_size: int
    unigrams: np.ndarray
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        return len(self.levels) + 1


@dataclass(frozen=True, slots=True)
class _Stream:
    """Samples one after another, each after a start: ``ids`` int64 (m,), and ``since`` (m,), how far back the start is."""

    ids: np.ndarray
    since: np.ndarray


def learn(data: np.ndarray, lengths: np.ndarray, *, vocab_size: int, order: int) -> NGrams:
    """A model of samples that lie back to back in ``data`` (sum of lengths,); no n-gram crosses from one to the next.

    All orders but the highest count in how many ways an n-gram is preceded; those that begin a sample count as often as they occur.
    """
    if not len(data):
        raise UserError("There is no text to learn n-grams from.", field="reference")
    stream = _stream(data, lengths, vocab_size)
    rows, below, starts, counts = stream.ids, vocab_size + 1, None, None
    unigrams, levels, last = None, [], ()
    for k in range(2, order + 1):
        at = np.flatnonzero(stream.since >= k - 1)
        if not len(at):
            break
        keys, first, row, raw = np.unique(
            _keys(rows[at - 1], stream.ids[at], vocab_size), return_index=True, return_inverse=True, return_counts=True
        )
        place = at[first]
        preceded = np.bincount(rows[place], minlength=below)
        adjusted = preceded if counts is None else np.where(starts, counts, preceded)
        if unigrams is None:
            unigrams = _unigrams(adjusted, vocab_size)
        else:
            levels.append(_level(*last, adjusted))
        last = (keys, rows[place - 1], below)
        starts, counts, below = stream.since[place] == k - 1, raw, len(keys)
        rows = np.full(len(stream.ids), -1)
        rows[at] = row
    return NGrams(vocab_size, unigrams, (*levels, _level(*last, counts)))


def losses(model: NGrams, data: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """float64 (rows,): each sample's summed loss in nats; ``data`` and ``lengths`` as :func:`learn` has them."""
    stream = _stream(data, lengths, model.vocab_size)
    rows, found = stream.ids, model.unigrams[stream.ids]
    for k, level in enumerate(model.levels, start=2):
        before = np.empty_like(rows)
        before[0], before[1:] = -1, rows[:-1]
        at = np.flatnonzero((stream.since >= k - 1) & (before >= 0))
        found[at] *= level.rest[before[at]]
        place, there = _places(level.keys, _keys(before[at], stream.ids[at], model.vocab_size))
        found[at[there]] += level.above[place[there]]
        rows = np.full(len(stream.ids), -1)
        rows[at[there]] = place[there]
    told = stream.since > 0
    sample = np.repeat(np.arange(len(lengths)), lengths)
    return np.bincount(sample, weights=-np.log(found[told]), minlength=len(lengths))


def discounts(counts: np.ndarray) -> tuple[float, float, float]:
    """What is taken from counts of 1, of 2, and of 3 and more (Chen & Goodman 1999, equation 26); the fallback where they are not above 0 and at most k:
    what is never discounted would leave nothing to tokens that were not seen."""
    n1, n2, n3, n4 = np.bincount(np.minimum(counts, 5), minlength=5)[1:5].tolist()
    if not (n1 and n2 and n3):
        return FALLBACK
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    return found if all(0 < value <= k for k, value in enumerate(found, start=1)) else FALLBACK


def _stream(data: np.ndarray, lengths: Sequence[int] | np.ndarray, vocab_size: int) -> _Stream:
    lengths = np.asarray(lengths, np.int64)
    ends = np.cumsum(lengths + 1)
    starts = ends - (lengths + 1)
    since = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(starts, lengths + 1)
    ids = np.full(len(since), vocab_size, np.int64)
    ids[since > 0] = data
    return _Stream(ids, since)


def _keys(before: np.ndarray, last: np.ndarray, vocab_size: int) -> np.ndarray:
    return before * (vocab_size + 1) + last


def _places(keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(row of each wanted key, whether it is there). Asked in ascending order, which the processor's cache likes."""
    order = np.argsort(wanted)
    place = np.empty(len(wanted), np.int64)
    place[order] = np.searchsorted(keys, wanted[order])
    place[place == len(keys)] = 0
    return place, keys[place] == wanted


def _taken(counts: np.ndarray) -> np.ndarray:
    """float64: the discount of each count."""
    return np.array((0.0, *discounts(counts)))[np.minimum(counts, 3)]


def _unigrams(counts: np.ndarray, vocab_size: int) -> np.ndarray:
    """What is taken from all goes to all tokens alike; the start follows nothing."""
    taken, total = _taken(counts), counts.sum()
    found = (counts - taken) / total + taken.sum() / total / vocab_size
    found[vocab_size] = 0.0
    return found


def _level(keys: np.ndarray, before: np.ndarray, below: int, counts: np.ndarray) -> Level:
    taken = _taken(counts)
    total = np.bincount(before, weights=counts, minlength=below)
    rest = np.bincount(before, weights=taken, minlength=below)
    followed = total > 0
    rest = np.divide(rest, total, out=np.ones(below), where=followed)
    return Level(keys, (counts - taken) / total[before], rest)

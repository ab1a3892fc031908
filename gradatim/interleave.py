"""One resumable interleaver: preview, plan and trainer all take their samples from here.

K streams hold samples with token lengths; planned weights say which share of the tokens each should have. The next
sample comes from the stream with the largest token deficit, which is what the plan has promised it so far minus what
it has had; of equal deficits the first stream wins.

Deficits sum to zero, so the stream that is chosen is never owed less than nothing: one sample later it is ahead by at
most that sample. What a stream is behind, the others are ahead together. Hence, in units of the longest sample, under
weights that stay as they are: **never ahead by more than one sample, never behind by more than K - 1 samples.**

Weights are a function of progress (the share of the phase's token budget that was served, 0 to 1). They are read at
most ``SEGMENTS`` times in a phase and held between. A stream whose weight is zero is not served. A stream that has no
further pass is closed when its turn comes; the remaining weights are renormalised, and what it was owed (or was
ahead) goes to the others in proportion. The same happens to a stream whose weight becomes zero. A source that ``stops`` ends
it all there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradatim.lanes import Lane, Source

__all__ = ["Closed", "Exhausted", "Interleaver", "Served", "Source"]

#: The planned weights of a phase are read at this many evenly spaced points.
SEGMENTS = 1024


@dataclass(frozen=True, slots=True)
class Served:
    """Samples in consumption order, as equally long uint32 columns; ``stream`` indexes the sources."""

    stream: np.ndarray
    position: np.ndarray
    epoch: np.ndarray
    tokens: np.ndarray

    def __len__(self) -> int:
        return len(self.stream)


@dataclass(frozen=True, slots=True)
class Closed:
    """A stream that had no further pass when its turn came, after ``tokens`` tokens of the phase."""

    name: str
    tokens: int


class Exhausted(Exception):
    """No stream that has a weight has samples left, ``missing`` tokens before the budget is reached."""

    def __init__(self, missing: int):
        super().__init__(f"{missing} tokens are missing")
        self.missing = missing


class Interleaver:
    """Serves samples until at least ``budget`` tokens were served; the sample that reaches the budget is the last, unless a
    source that stops has no further pass before.

    ``weights(progress)`` gives a non-negative, finite number per source name, not all zero; they are normalised here.
    However the samples are taken, one by one or all at once, before or after a resume, the sequence is the same.
    """

    def __init__(self, sources: list[Source], weights: Callable[[float], dict[str, float]], budget: int):
        if not sources or budget <= 0:
            raise ValueError("an interleaver needs at least one source and a positive budget")
        self.budget = int(budget)
        self.names = [source.name for source in sources]
        #: Tokens served so far, and those of each stream.
        self.tokens = 0
        self.consumed = [0] * len(sources)
        #: Streams that ran out, in the order in which they did.
        self.closed: list[Closed] = []
        self._lanes = [Lane(source) for source in sources]
        self._weights_at = weights
        self._weights = [0.0] * len(sources)  # those in force, normalised over the open streams
        self._promised = [0.0] * len(sources)  # tokens promised to each stream up to ``_since``
        self._since = 0  # tokens served when the weights in force began
        self._segment = -1
        self._vectorised = True  # tests turn this off to compare both ways

    @property
    def done(self) -> bool:
        return self.tokens >= self.budget or self.stopped is not None

    @property
    def stopped(self) -> Closed | None:
        """The stream that ended it before the budget was reached."""
        stopping = {lane.source.name for lane in self._lanes if lane.source.stops}
        return next((closed for closed in self.closed if closed.name in stopping), None)

    @property
    def epochs(self) -> list[float]:
        """Passes of each stream that were served, the last one as the share of its tokens."""
        return [lane.passes() for lane in self._lanes]

    @property
    def weights(self) -> dict[str, float]:
        """The weights in force for the next sample (the planned ones, renormalised over the open streams)."""
        if not self.done:
            self._settle()
        return dict(zip(self.names, self._weights, strict=True))

    def deficits(self) -> list[float]:
        """Tokens that each stream was promised and has not had (negative: it is ahead)."""
        elapsed = self.tokens - self._since
        terms = zip(self._promised, self._weights, self.consumed, strict=True)
        return [promised + weight * elapsed - had for promised, weight, had in terms]

    def take(self, samples: int = 1 << 18) -> Served:
        """The next ``samples`` samples, fewer where the budget is reached or the last stream closes first.

        Raises :class:`Exhausted` where there is no next sample but a budget left.
        """
        for lane in self._lanes:
            lane.mark()
        picked, left = [], samples
        while left > 0 and not self.done:
            self._settle()
            active = [k for k, weight in enumerate(self._weights) if weight > 0]
            if not active and picked:
                break
            if not active:
                raise Exhausted(self.budget - self.tokens)
            stop = min(self.budget, -(-self.budget * (self._segment + 1) // SEGMENTS))
            serve = self._serve_one if len(active) == 1 and self._vectorised else self._serve_many
            part = serve(active, stop, left)
            picked.append(part)
            left -= len(part)
        return self._collect(np.concatenate(picked) if picked else np.zeros(0, np.uint32))

    def state_dict(self) -> dict:
        """All that a later ``load_state`` needs, as JSON values (floats survive JSON exactly)."""
        return {
            "tokens": self.tokens,
            "consumed": list(self.consumed),
            "closed": [[closed.name, closed.tokens] for closed in self.closed],
            "weights": list(self._weights),
            "promised": list(self._promised),
            "since": self._since,
            "segment": self._segment,
            "lanes": [[lane.open, lane.epoch, lane.base, lane.served] for lane in self._lanes],
        }

    def load_state(self, state: dict) -> None:
        """Go on where the interleaver that wrote ``state`` stood; sources, weights and budget must be the same."""
        if len(state["lanes"]) != len(self._lanes):
            raise ValueError("the state is of an interleaver with another number of streams")
        self.tokens = state["tokens"]
        self.consumed = list(state["consumed"])
        self.closed = [Closed(*entry) for entry in state["closed"]]
        self._weights = list(state["weights"])
        self._promised = list(state["promised"])
        self._since = state["since"]
        self._segment = state["segment"]
        for lane, saved in zip(self._lanes, state["lanes"], strict=True):
            lane.load(*saved)

    def _settle(self) -> None:
        """Read the planned weights where a new segment has begun."""
        segment = self.tokens * SEGMENTS // self.budget
        if segment != self._segment:
            self._segment = segment
            self._reweigh()

    def _reweigh(self) -> None:
        """Put the planned weights in force, renormalised over the open streams, with zero-sum deficits among them."""
        planned = self._weights_at(self.tokens / self.budget)
        raw = [float(planned[name]) if lane.open else 0.0 for name, lane in zip(self.names, self._lanes, strict=True)]
        if not all(0 <= weight < float("inf") for weight in raw):
            raise ValueError(f"weights are finite and not negative: {planned}")
        total = sum(raw)
        weights = [weight / total for weight in raw] if total > 0 else raw
        if weights == self._weights:  # nothing changes: keep the exact sum ``weight * tokens``
            return
        deficits = self.deficits()
        spill = sum(deficit for deficit, weight in zip(deficits, weights, strict=True) if not weight)
        terms = zip(self.consumed, deficits, weights, strict=True)
        self._promised = [had + deficit + weight * spill if weight else had for had, deficit, weight in terms]
        self._weights, self._since = weights, self.tokens

    def _close(self, k: int) -> None:
        self._lanes[k].open = False
        self.closed.append(Closed(self.names[k], self.tokens))
        self._reweigh()

    def _serve_one(self, active: list[int], stop: int, left: int) -> np.ndarray:
        """One stream alone: whole stretches at a time, by its cumulated lengths."""
        (k,) = active
        lane, count = self._lanes[k], 0
        while self.tokens < stop and count < left:
            if not lane.ready():
                self._close(k)
                break
            n, tokens = lane.advance(stop - self.tokens, left - count)
            self.tokens += tokens
            self.consumed[k] += tokens
            count += n
        return np.full(count, k, np.uint32)

    def _serve_many(self, active: list[int], stop: int, left: int) -> np.ndarray:
        """Several streams: the one with the largest deficit, sample by sample (local names only: this is the hot loop)."""
        promised = [self._promised[k] for k in active]
        weights = [self._weights[k] for k in active]
        had = [self.consumed[k] for k in active]
        lanes = [self._lanes[k] for k in active]
        following = [lane.following() for lane in lanes]
        first_promise, first_weight = promised[0], weights[0]
        others = range(1, len(active))
        picked: list[int] = []
        pick, tokens, since, closing = picked.append, self.tokens, self._since, None
        while tokens < stop and left:
            elapsed = tokens - since
            best, largest = 0, first_promise + first_weight * elapsed - had[0]
            for k in others:
                deficit = promised[k] + weights[k] * elapsed - had[k]
                if deficit > largest:
                    best, largest = k, deficit
            try:
                length = following[best]()
            except StopIteration:
                lanes[best].sync()
                if not lanes[best].ready():
                    closing = best
                    break
                following[best] = lanes[best].following()
                continue
            pick(best)
            had[best] += length
            tokens += length
            left -= 1
        for k, lane, total in zip(active, lanes, had, strict=True):
            lane.sync()
            self.consumed[k] = total
        self.tokens = tokens
        if closing is not None:
            self._close(active[closing])
        return np.asarray(active, np.uint32)[np.asarray(picked, np.intp)]

    def _collect(self, stream: np.ndarray) -> Served:
        """The columns of what was picked: each stream's picks are its next samples in order."""
        position, epoch, tokens = (np.empty(len(stream), np.uint32) for _ in range(3))
        for k, lane in enumerate(self._lanes):
            parts = lane.since_mark()
            if not parts:
                continue
            where = stream == k
            position[where] = np.concatenate([part[1] for part in parts])
            tokens[where] = np.concatenate([part[2] for part in parts])
            epoch[where] = np.repeat([part[0] for part in parts], [len(part[1]) for part in parts])
        return Served(stream, position, epoch, tokens)

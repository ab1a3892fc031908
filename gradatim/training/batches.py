"""From a plan to batches: rows of token ids, and beside every token the sample that it came from.

Which samples a step takes is :mod:`gradatim.packing`'s business; here their tokens are read and cut into rows of ``context``
tokens, ``batch_size`` of them a step. Nothing is shuffled: the plan is the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradatim.packing import Packing

if TYPE_CHECKING:
    from gradatim.corpora.tokens import Tokens
    from gradatim.plans import Plan


@dataclass(frozen=True, slots=True)
class Batch:
    """``input_ids`` int64 (batch_size, context); ``samples`` int64, same shape: each token's index into the plan."""

    input_ids: np.ndarray
    samples: np.ndarray


class Batches(Packing):
    """Batches by step number."""

    def __init__(self, plan: Plan, tokens: dict[str, Tokens], *, batch_size: int, context: int):
        """``tokens``: dataset digest -> its tokens under the plan's tokenizer, for every stream of the plan."""
        super().__init__(plan, batch_size=batch_size, context=context)
        datasets = [stream["dataset"] for stream in plan.streams]
        stores = sorted(set(datasets))
        self._stores = [tokens[digest] for digest in stores]
        #: uint32 (streams,): which of the stores a stream reads.
        self._store_of = np.array([stores.index(digest) for digest in datasets])

    def batch(self, step: int) -> Batch:
        """The batch of update ``step`` (0-based over the whole run)."""
        pieces = self.pieces(step)
        samples = np.repeat(pieces.samples, pieces.tokens)
        # Each piece's first token in its store, less its place in the batch: what turns places into positions.
        source = self._offsets(pieces.samples) + pieces.skipped - (np.cumsum(pieces.tokens) - pieces.tokens)
        positions = np.arange(len(samples)) + np.repeat(source, pieces.tokens)
        ids = self._gather(self._store_of[self.plan.stream[samples]], positions)
        shape = (self.batch_size, self.context)
        return Batch(ids.reshape(shape), samples.reshape(shape))

    def _offsets(self, samples: np.ndarray) -> np.ndarray:
        """int64: where samples of the plan begin in their stores."""
        stores, rows = self._store_of[self.plan.stream[samples]], self.plan.position[samples]
        offsets = np.empty(len(samples), dtype=np.int64)
        for k in np.unique(stores):
            offsets[stores == k] = self._stores[k].offsets[rows[stores == k]]
        return offsets

    def _gather(self, stores: np.ndarray, positions: np.ndarray) -> np.ndarray:
        ids = np.empty(len(positions), dtype=np.int64)
        for k in np.unique(stores):
            where = stores == k
            ids[where] = self._stores[k].data[positions[where]]
        return ids

"""From a plan to batches: rows of token ids, and beside every token the sample that it came from.

Which samples a step takes is :mod:`gradatim.packing`'s business; here their tokens are read and cut into rows of ``context``
tokens, ``batch_size`` of them a step. Nothing is shuffled: the plan is the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradatim.errors import UserError
from gradatim.packing import Packing, Pieces

if TYPE_CHECKING:
    from gradatim.corpora.tokens import Tokens
    from gradatim.plans import Plan


@dataclass(frozen=True, slots=True)
class Batch:
    """``input_ids`` int64 (batch_size, context); of the same shape ``samples`` int64, each token's index into the plan, and
    ``answers`` bool, whether it is no token of a prompt (None: nobody asked)."""

    input_ids: np.ndarray
    samples: np.ndarray
    answers: np.ndarray | None = None


class Batches(Packing):
    """Batches by step number."""

    def __init__(
        self, plan: Plan, tokens: dict[str, Tokens], *, batch_size: int, context: int, loss_on: str = "everything"
    ):
        """``tokens``: dataset digest -> its tokens under the plan's tokenizer, for every stream of the plan.

        ``UserError`` where the loss is on answers and the prompts of some tokens were never counted.
        """
        super().__init__(plan, batch_size=batch_size, context=context)
        datasets = [stream["dataset"] for stream in plan.streams]
        stores = sorted(set(datasets))
        self._stores = [tokens[digest] for digest in stores]
        #: uint32 (streams,): which of the stores a stream reads.
        self._prompts = [prompts_of(store) for store in self._stores] if loss_on == "answers" else []
        self._store_of = np.array([stores.index(digest) for digest in datasets])

    @property
    def prompted(self) -> bool:
        """Whether any prompt is left out of the loss."""
        return any(prompts.any() for prompts in self._prompts)

    def batch(self, step: int) -> Batch:
        """The batch of update ``step`` (0-based over the whole run)."""
        pieces = self.pieces(step)
        samples = np.repeat(pieces.samples, pieces.tokens)
        # Each piece's first token in its store, less its place in the batch: what turns places into positions.
        source = self._offsets(pieces.samples) + pieces.skipped - (np.cumsum(pieces.tokens) - pieces.tokens)
        positions = np.arange(len(samples)) + np.repeat(source, pieces.tokens)
        ids = self._gather(self._store_of[self.plan.stream[samples]], positions)
        shape = (self.batch_size, self.context)
        answers = self._answers(pieces).reshape(shape) if self._prompts else None
        return Batch(ids.reshape(shape), samples.reshape(shape), answers)

    def _answers(self, pieces: Pieces) -> np.ndarray:
        """bool: of each token of the step, whether its sample's prompt is over."""
        streams, rows = self.plan.stream[pieces.samples], self.plan.position[pieces.samples]
        prompts = [int(self._prompts[self._store_of[k]][row]) for k, row in zip(streams, rows, strict=True)]
        # Each piece's first token within its sample, less its place in the batch.
        within = pieces.skipped - (np.cumsum(pieces.tokens) - pieces.tokens)
        return np.arange(pieces.tokens.sum()) + np.repeat(within - np.array(prompts), pieces.tokens) >= 0

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


def prompts_of(tokens: Tokens) -> np.ndarray:
    """:attr:`Tokens.prompts`; ``UserError`` where nobody counted them."""
    prompts = tokens.prompts
    if prompts is None:
        raise UserError(
            "The tokens of a dataset were counted before prompts were told from answers: count its tokens again under "
            "this tokenizer.",
            field="recipe.loss_on",
        )
    return prompts

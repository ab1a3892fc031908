"""The running average of a model's weights, beside them on their device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gradatim import averaging

if TYPE_CHECKING:
    from torch import Tensor, nn

    from gradatim import specs


class Average:
    """Empty until the first weights are taken, and always where the recipe asks for none.

    It depends on the weights that were taken and the step alone, so a resume needs only the average itself.
    """

    def __init__(self, model: nn.Module, spec: specs.Averaging, steps: int):
        self._named = dict(model.named_parameters())  # tied ones once, under their first name
        self._spec = spec
        self._taken = averaging.taken(spec, steps)
        #: parameter's name -> its average
        self.weights: dict[str, Tensor] = {}

    def take(self, step: int) -> None:
        """Look at the weights after update ``step``; they enter the average where they are due."""
        import torch

        if step not in self._taken:
            return
        share = averaging.weight(self._spec, self.count(step))
        with torch.no_grad():
            if not self.weights:
                self.weights = {name: parameter.detach().clone() for name, parameter in self._named.items()}
                return
            for name, parameter in self._named.items():
                self.weights[name].lerp_(parameter, share)

    def count(self, step: int) -> int:
        """How many weights are in the average after update ``step``."""
        return len(range(self._taken.start, min(step + 1, self._taken.stop), self._taken.step))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model has the averaged weights while the block runs; nothing is copied."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def restore(self, weights: dict[str, Tensor]) -> None:
        """Go on with an average as :attr:`weights` gave it; empty: as it was made."""
        self.weights = {name: value.to(self._named[name].device) for name, value in weights.items()}

    def _swap(self) -> None:
        for name, parameter in self._named.items():
            parameter.data, self.weights[name] = self.weights[name], parameter.data

"""Folding and zigzag of a sorted sequence into layers: shared by four orderings."""

import numpy as np

from gradatim.errors import UserError
from gradatim.types import Remark


def folded(items: np.ndarray, layers: int) -> np.ndarray:
    """``items[0::layers]``, then ``items[1::layers]`` and so on: every layer runs through the whole sequence."""
    return _dealt(items, layers, turn=False)


def zigzagged(items: np.ndarray, layers: int) -> np.ndarray:
    """:func:`folded` with every odd layer reversed: the sequence is walked up, down, up and so on."""
    return _dealt(items, layers, turn=True)


def _dealt(items: np.ndarray, layers: int, turn: bool) -> np.ndarray:
    if layers < 1:
        raise UserError(f"There is at least one layer, not {layers}.", field="layers")
    layers = max(1, min(layers, len(items)))  # layers beyond the samples are empty
    rows, longer = divmod(len(items), layers)  # the first `longer` layers hold one item more than the others
    whole = items[: rows * layers].reshape(rows, layers)
    long = np.concatenate([whole[:, :longer], items[rows * layers :][None, :longer]])
    short = whole[:, longer:]
    if turn:
        short = short.copy()
        odd = 1 - longer % 2
        long[:, 1::2] = long[::-1, 1::2].copy()
        short[:, odd::2] = short[::-1, odd::2].copy()
    return np.concatenate([long.T.ravel(), short.T.ravel()])


def closed(layers: int) -> int:
    """As many layers, or one more, so that a zigzag ends at the high end of what it walks through."""
    return layers + 1 - layers % 2


def remarks(n: int, layers: int) -> list[Remark]:
    """What ``layers`` make of ``n`` samples where that is not what they are for."""
    if layers == 1:
        return [Remark("One layer is plain sorting.", "layers")]
    if 0 < n <= layers:
        return [Remark(f"{layers:,} layers of {n:,} samples hold one each: plain sorting remains.", "layers")]
    return []

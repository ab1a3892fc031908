"""Held-out loss by domain, in nats a predicted token and in bits a byte."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

    from gradatim.corpora.store import Dataset
    from gradatim.corpora.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Domain:
    """What one domain is evaluated on: ``windows`` int64 (n, length); tokens and bytes are of all its held-out part."""

    name: str
    windows: np.ndarray
    tokens: int
    bytes: int

    @property
    def usable(self) -> bool:
        """Whether there is anything to predict."""
        return len(self.windows) > 0 and self.windows.shape[1] > 1

    def bits_per_byte(self, loss: float) -> float:
        """Comparable between tokenizers: (tokens / bytes) * loss / ln 2."""
        return self.tokens / self.bytes * loss / math.log(2)


def held_out(sources: Iterable[tuple[Dataset, Tokens]], *, windows: int, context: int) -> list[Domain]:
    """The evaluation data of every domain, by name.

    A domain's held-out samples are concatenated in dataset order (over datasets in the order given) and cut into rows of
    ``context`` tokens, of which the first ``windows`` are kept. Where there is less than one row, the one row is shorter.
    """
    parts: dict[str, list[np.ndarray]] = {}
    totals: dict[str, list[int]] = {}
    for dataset, tokens in sources:
        held, codes, sizes, lengths = dataset.held_out(), dataset.domain_codes(), dataset.byte_counts(), tokens.lengths
        for code, name in enumerate(dataset.domains):
            rows = np.flatnonzero(held & (codes == code))
            total = totals.setdefault(name, [0, 0])
            missing = windows * context - total[0]
            needed = np.searchsorted(np.cumsum(lengths[rows], dtype=np.int64), missing) + 1 if missing > 0 else 0
            parts.setdefault(name, []).extend(np.asarray(tokens.sample(row)) for row in rows[:needed])
            total[0] += int(lengths[rows].sum(dtype=np.int64))
            total[1] += int(sizes[rows].sum(dtype=np.int64))
    return [Domain(name, _cut(parts[name], windows, context), *totals[name]) for name in sorted(parts)]


def evaluate(
    losses: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    domains: list[Domain],
    *,
    batch_size: int,
    device: torch.device,
) -> dict[str, float]:
    """Mean loss of each usable domain. ``losses`` gives every token's loss (:func:`gradatim.training.step.token_losses`).

    Sums are of 64-bit floats; a domain's batches hold its own windows only, so its number does not depend on others.
    """
    import torch

    from gradatim.training.step import targets_of

    found = {}
    with torch.inference_mode():
        for domain in domains:
            if not domain.usable:
                continue
            total = 0.0
            for start in range(0, len(domain.windows), batch_size):
                ids = torch.from_numpy(domain.windows[start : start + batch_size]).to(device)
                total += losses(ids, targets_of(ids)).sum(dtype=torch.float64).item()
            found[domain.name] = total / (len(domain.windows) * (domain.windows.shape[1] - 1))
    return found


#: Under which the values of averaged weights are kept, where those of the last ones are under ``eval``.
AVERAGED = "eval_averaged"


def metrics(suite: str, domains: list[Domain], losses: dict[str, float], root: str = "eval") -> dict[str, float]:
    """``<root>/<suite>/<domain>/loss`` and ``.../bits_per_byte`` of the evaluated domains."""
    values = {}
    for domain in domains:
        if domain.name in losses:
            loss = losses[domain.name]
            values[f"{root}/{suite}/{domain.name}/loss"] = loss
            values[f"{root}/{suite}/{domain.name}/bits_per_byte"] = domain.bits_per_byte(loss)
    return values


def _cut(parts: list[np.ndarray], windows: int, context: int) -> np.ndarray:
    stream = np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)
    if len(stream) < context:
        return stream.reshape(1, -1) if len(stream) else np.zeros((0, context), np.int64)
    rows = min(windows, len(stream) // context)
    return stream[: rows * context].reshape(rows, context)

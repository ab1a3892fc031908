"""Held-out loss by domain, in nats a predicted token and in bits a byte."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradatim.training.rows import IGNORED, rows_of

if TYPE_CHECKING:
    import torch

    from gradatim.corpora.store import Dataset
    from gradatim.corpora.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Domain:
    """What one domain is evaluated on: ``windows`` int64 (n, length); tokens and bytes are of all its held-out part.

    Of the windows' shape, too: ``samples`` int64, which tokens are of one sample, and ``answers`` bool, which are of no prompt (None:
    all are, or nobody counted).
    """

    name: str
    windows: np.ndarray
    tokens: int
    bytes: int
    samples: np.ndarray | None = None
    answers: np.ndarray | None = None

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
    prompts: dict[str, list[int]] = {}
    for dataset, tokens in sources:
        held, codes, sizes, lengths = dataset.held_out(), dataset.domain_codes(), dataset.byte_counts(), tokens.lengths
        counted = tokens.prompts
        for code, name in enumerate(dataset.domains):
            rows = np.flatnonzero(held & (codes == code))
            total = totals.setdefault(name, [0, 0])
            missing = windows * context - total[0]
            needed = np.searchsorted(np.cumsum(lengths[rows], dtype=np.int64), missing) + 1 if missing > 0 else 0
            taken = rows[:needed]
            parts.setdefault(name, []).extend(np.asarray(tokens.sample(row)) for row in taken)
            prompts.setdefault(name, []).extend([0] * len(taken) if counted is None else counted[taken].tolist())
            total[0] += int(lengths[rows].sum(dtype=np.int64))
            total[1] += int(sizes[rows].sum(dtype=np.int64))
    return [_domain(name, parts[name], prompts[name], totals[name], windows, context) for name in sorted(parts)]


def evaluate(
    losses: Callable[..., torch.Tensor],
    domains: list[Domain],
    *,
    batch_size: int,
    device: torch.device,
    within_samples: bool = False,
) -> dict[str, dict[str, float]]:
    """``{domain: {"loss": mean}}`` of each usable domain, with ``answer_loss`` beside it where it has prompts: the mean over the tokens
    of answers alone.

    ``losses`` gives every token's loss (:func:`gradatim.training.step.token_losses`). ``within_samples``: the attention is
    as :mod:`gradatim.training.rows` says. Sums are of 64-bit floats; a domain's batches hold its own windows only, so its
    number does not depend on others.
    """
    import torch

    found = {}
    with torch.inference_mode():
        for domain in domains:
            if not domain.usable:
                continue
            sums, counts = np.zeros(2), np.zeros(2, np.int64)
            for start in range(0, len(domain.windows), batch_size):
                part = slice(start, start + batch_size)
                rows = rows_of(domain.windows[part], device, samples=domain.samples[part] if within_samples else None)
                values, predicted = losses(*rows), rows.targets != IGNORED
                sums[0] += values.sum(dtype=torch.float64).item()
                counts[0] += int(predicted.sum())
                if domain.answers is not None:
                    wanted = predicted & torch.from_numpy(_shifted(domain.answers[part])).to(device)
                    sums[1] += values[wanted].sum(dtype=torch.float64).item()
                    counts[1] += int(wanted.sum())
            means = zip(("loss", "answer_loss"), sums.tolist(), counts.tolist(), strict=True)
            found[domain.name] = {name: total / count for name, total, count in means if count}
    return found


#: Under which the values of averaged weights are kept, where those of the last ones are under ``eval``.
AVERAGED = "eval_averaged"


def metrics(
    suite: str, domains: list[Domain], losses: dict[str, dict[str, float]], root: str = "eval"
) -> dict[str, float]:
    """``<root>/<suite>/<domain>/loss``, ``.../bits_per_byte`` and, where there are prompts, ``.../answer_loss`` of the evaluated domains."""
    values = {}
    for domain in domains:
        own = losses.get(domain.name, {})
        if "loss" in own:
            values[f"{root}/{suite}/{domain.name}/loss"] = own["loss"]
            values[f"{root}/{suite}/{domain.name}/bits_per_byte"] = domain.bits_per_byte(own["loss"])
        if "answer_loss" in own:
            values[f"{root}/{suite}/{domain.name}/answer_loss"] = own["answer_loss"]
    return values


def _domain(
    name: str, parts: list[np.ndarray], prompts: list[int], totals: list[int], windows: int, context: int
) -> Domain:
    lengths = [len(part) for part in parts]
    samples = np.repeat(np.arange(len(parts)), lengths)
    cut = [_cut(parts, windows, context), _cut([samples], windows, context)]
    answers = None
    if any(prompts):
        within = [np.arange(length) >= prompt for length, prompt in zip(lengths, prompts, strict=True)]
        answers = _cut(within, windows, context).astype(bool)
    return Domain(name, cut[0], *totals, cut[1], answers)


def _shifted(answers: np.ndarray) -> np.ndarray:
    """Of each token, whether the one that it predicts is of an answer."""
    shifted = np.zeros_like(answers)
    shifted[:, :-1] = answers[:, 1:]
    return shifted


def _cut(parts: list[np.ndarray], windows: int, context: int) -> np.ndarray:
    stream = np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)
    if len(stream) < context:
        return stream.reshape(1, -1) if len(stream) else np.zeros((0, context), np.int64)
    rows = min(windows, len(stream) // context)
    return stream[: rows * context].reshape(rows, context)

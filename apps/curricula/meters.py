"""The guideline meters of an order: of a stream before it is planned, with batches counted in samples."""

from dataclasses import dataclass

import numpy as np

from gradatim.meters import Meters, batches, measure
from gradatim.preview import DRAWN, StreamView

#: Samples in a batch where nobody says how many.
BATCH = 64
LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Batch:
    """How many samples the preview's batches hold, and what is wrong with the number that was ``typed``."""

    size: int = BATCH
    typed: str = str(BATCH)
    error: str = ""


def batch_of(typed: str | None) -> Batch:
    """The batch that was typed; nothing typed, or what is no such number, is the usual one."""
    typed = (typed or "").strip()
    digits = typed.replace(",", "").replace(" ", "")
    if not digits:
        return Batch(typed=typed) if typed else Batch()
    if digits.isascii() and digits.isdecimal() and 1 <= int(digits[:9]) <= LARGEST:
        return Batch(int(digits), typed)
    return Batch(typed=typed, error=f"A batch is a whole number of samples, from 1 to {LARGEST:,}.")


def of_view(view: StreamView, scores: np.ndarray, domains: np.ndarray, batch: int) -> Meters | None:
    """``scores`` and ``domains`` by position in the dataset; None where the order is empty. Of a random part of an order a
    batch is the same part."""
    order = view.order
    if not len(order):
        return None
    share = 1.0
    if view.sampled:
        share = (DRAWN if view.repeats else len(order)) / len(view.kept)
    stops = batches.of_samples(len(order), max(1, round(batch * share)))
    return measure(scores[order], stops, domains[order])

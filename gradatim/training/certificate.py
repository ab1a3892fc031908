"""The certificate: proof of what a run consumed, one SHA-256 per update, each chained to the one before.

What a link covers is said in :mod:`gradatim.chain`. :class:`Certificate` is fed with the tensors of the training step;
:func:`planned` reads the plan and the token files again, sample by sample, and shares no code with the loader. Equal chains
mean: consumed = planned.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradatim import artifacts
from gradatim.chain import FILE, RECORD, link

if TYPE_CHECKING:
    from gradatim.artifacts import Stored
    from gradatim.corpora.tokens import Tokens
    from gradatim.plans import Plan


class Certificate:
    """The chain of a run as far as it has come; ``steps`` holds one hexadecimal hash per update."""

    def __init__(self, plan: Plan, steps: Iterable[str] = ()):
        self._plan = plan
        self.steps = list(steps)

    def update(self, input_ids: np.ndarray, samples: np.ndarray) -> None:
        """Add an update that consumed ``input_ids``; ``samples`` (same shape) are indices into the plan."""
        flat, tokens = samples.reshape(-1), input_ids.reshape(-1).astype("<u4")
        borders = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [len(flat)]])
        first = flat[borders[:-1]]
        records = np.empty(len(first), RECORD)
        records["stream"], records["position"] = self._plan.stream[first], self._plan.position[first]
        records["epoch"], records["tokens"] = self._plan.epoch[first], np.diff(borders)
        data = memoryview(tokens.tobytes())
        bounds = (borders * 4).tolist()
        records["checksum"] = [zlib.crc32(data[a:b]) for a, b in zip(bounds, bounds[1:], strict=False)]
        self.steps.append(link(self.steps[-1] if self.steps else "", records.tobytes()))


def planned(plan: Plan, tokens: dict[str, Tokens], *, size: int) -> Iterator[str]:
    """The chain that a faithful trainer must come to: ``size`` tokens an update, straight from plan and token files.

    How many updates a phase has is worked out here too: a loader that leaves out a batch has no say in what was due.
    """
    previous = ""
    for phase in plan.phases:
        due = max(1, phase["budget_tokens"] // size)
        left, records = size, b""
        for index in range(phase["start"], phase["stop"]):
            stream, position, epoch = (int(column[index]) for column in (plan.stream, plan.position, plan.epoch))
            sample = np.asarray(tokens[plan.streams[stream]["dataset"]].sample(position), dtype="<u4")
            while len(sample) and due:
                part, sample = sample[:left], sample[left:]
                records += struct.pack("<5I", stream, position, epoch, len(part), zlib.crc32(part.tobytes()))
                left -= len(part)
                if not left:
                    previous = link(previous, records)
                    yield previous
                    left, records, due = size, b"", due - 1
            if not due:
                break


def compare(consumed: Iterable[str], expected: Iterable[str]) -> int | None:
    """None where the chains are equal, else the first update (counted from 1) that differs or is missing in one."""
    step = 0
    for step, (one, other) in enumerate(zip_longest(consumed, expected), start=1):
        if one != other:
            return step
    return None


def write(folder: Path, steps: list[str], first_difference: int | None) -> Stored:
    """Seal a certificate artifact: ``certificate.txt`` with a hash a line, and the verdict in its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text("".join(f"{step}\n" for step in steps), encoding="ascii")
    return artifacts.seal(folder, "certificate", verdict(steps, first_difference))


def verdict(steps: list[str], first_difference: int | None) -> dict:
    """``digest`` is the last link, which stands for the whole chain."""
    return {
        "steps": len(steps),
        "matches": first_difference is None,
        "first_difference": first_difference,
        "digest": steps[-1] if steps else "",
    }

"""Randomness is an argument: one integer, from which every consumer derives its own generator."""

import hashlib
import random
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed as methods receive it (their ``rng`` argument).

    ``numpy()`` and ``python()`` start from the bare integer, as published code does, so equal seeds give equal
    results; ``child(...)`` derives an independent seed for a named purpose (a stream, an epoch).
    """

    value: int

    def numpy(self) -> np.random.Generator:
        return np.random.default_rng(self.value)

    def python(self) -> random.Random:
        return random.Random(self.value)

    def child(self, *names: str | int) -> "Seed":
        """The same seed and names give the same child on every machine; distinct names give unrelated ones."""
        label = "/".join(str(name) for name in (self.value, *names)).encode()
        return Seed(int.from_bytes(hashlib.sha256(label).digest()[:8], "big") >> 1)

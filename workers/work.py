"""What a kind of job asks to be done: the answer of ``prepare`` in a module of ``workers/kinds``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.jobs.models import Artifact, Job


@dataclass(frozen=True, slots=True)
class Work:
    """A task of the library with its parameters and seed, and the artifacts that it may read.

    ``continues``: jobs that ended without success, oldest first; the task may go on from what they left on this machine.
    """

    task: str
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    inputs: Sequence[Artifact] = ()
    continues: Sequence[Job] = ()

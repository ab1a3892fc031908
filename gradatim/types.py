"""What methods receive: plain frozen records, cheap to import (numpy is needed only where arrays are made)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from gradatim.artifacts import Store, Stored
    from gradatim.corpora.store import Dataset
    from gradatim.corpora.tokens import Tokens


@dataclass(frozen=True, slots=True)
class OrderContext:
    """What an ordering may look at: ``n`` samples with ``scores`` (n,), ``domains`` (n,) codes, ``lengths`` (n,) tokens.

    Arrays that a caller does not have are None; an ordering that needs one raises ``UserError``. One that can do without
    scores defines ``needs_scores(params) -> bool``.
    """

    n: int
    scores: np.ndarray | None = None
    domains: np.ndarray | None = None
    lengths: np.ndarray | None = None
    epochs: int = 1


@dataclass(frozen=True, slots=True)
class Remark:
    """What is worth knowing about a setting before it is used, in one ``sentence``; ``field`` names the setting.

    An ordering module may define ``remarks(context, params) -> list[Remark]``, whose fields are parameters, ``scores`` or
    ``domains``; nothing is put in order for it. In a document's remarks fields are paths, as in a ``UserError``.
    """

    sentence: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class SelectContext:
    """What a selection may look at; ``higher_means`` is the score set's direction (see ``scores``)."""

    n: int
    scores: np.ndarray | None = None
    domains: np.ndarray | None = None
    lengths: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Kept positions, ascending, uint32; ``reasons`` counts why the others were dropped; ``cut`` is the last kept score."""

    kept: np.ndarray
    reasons: dict[str, int] = field(default_factory=dict)
    cut: float | None = None


@dataclass(frozen=True, slots=True)
class MixContext:
    """What a mixture may look at: the names of a phase's ``streams``, the tokens of the samples that each of them keeps
    (``sizes``, by name), and the phase's ``budget`` in tokens.

    ``sizes`` is None while data are still being made; a mixture that needs them raises ``Unsized``. A mixture module says
    ``constant = True`` where it stays as it is along the phase, and it may define ``remarks(context, params) -> list[Remark]``, and ``parts(context, params) -> dict[str, Part]`` where it gives a
    stream no whole passes.
    """

    streams: tuple[str, ...]
    sizes: Mapping[str, float] | None = None
    budget: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A pass of a stream that holds only so many ``tokens`` of it: drawn anew in every pass, or ``fixed``, the same in all."""

    tokens: float
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class ScoreContext:
    """What a score may use beside the samples.

    ``tokens`` are those of the same dataset, ``checkpoint`` is the folder of a model, ``reference`` what samples are
    compared with; a score that needs one and finds None raises ``UserError``. Chunks begin at row ``start``: the rows
    before it were scored by an earlier attempt, and their number is always the sum of whole chunks.
    """

    seed: int = 0
    tokens: Tokens | None = None
    checkpoint: Path | None = None
    start: int = 0
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Another dataset, or the same, with its ``tokens`` by the same tokenizer."""

    samples: Dataset
    tokens: Tokens


class Inputs:
    """The artifacts that a task may read, found by kind and digest or by what their manifests say."""

    def __init__(self, stored: list[Stored]):
        self._stored = list(stored)

    @classmethod
    def from_folders(cls, folders: list[Path]) -> Inputs:
        from gradatim import artifacts

        return cls([artifacts.read(Path(folder)) for folder in folders])

    @classmethod
    def from_store(cls, store: Store) -> Inputs:
        """Every artifact of a store (manifests are read once, files are not)."""
        from gradatim import artifacts

        return cls([artifacts.read(p.parent) for p in sorted(store.root.glob(f"*/[!.]*/{artifacts.MANIFEST}"))])

    def get(self, kind: str, digest: str) -> Stored:
        from gradatim.errors import UserError

        for stored in self._stored:
            if stored.kind == kind and stored.digest == digest:
                return stored
        raise UserError(f"The {kind} {digest[:12]} is not among the inputs at hand.")

    def all(self, kind: str) -> list[Stored]:
        return [stored for stored in self._stored if stored.kind == kind]

    def find(self, kind: str, **meta: Any) -> Stored:
        """The first artifact of a kind whose manifest says all of ``meta`` (``find("tokens", dataset=d, tokenizer=t)``)."""
        from gradatim.errors import UserError

        for stored in self._stored:
            if stored.kind == kind and all(stored.meta.get(name) == value for name, value in meta.items()):
                return stored
        wanted = ", ".join(f"{name} {str(value)[:12]}" for name, value in meta.items())
        raise UserError(f"There is no {kind} artifact at hand for {wanted}.")


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a task runs with. ``out`` is its own folder, all it may write to; ``params`` a ``Params`` of the task.

    ``previous`` are the output folders of earlier attempts, newest first: a task that can resume looks there for its
    last checkpoint or finished chunk. ``should_stop`` turns true when the work is to be put down: the task then leaves
    what a resume needs and raises :class:`Stopped`.
    """

    params: Any
    seed: int
    inputs: Inputs
    out: Path
    previous: tuple[Path, ...] = ()
    should_stop: Callable[[], bool] = never


class Stopped(Exception):
    """The work was put down on request; a later attempt can go on from what it left in its output folder."""

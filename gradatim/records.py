"""What :mod:`gradatim.client` gives back: rows of an installation as frozen dataclasses. Times are ISO 8601 texts."""

import dataclasses
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job:
    """``done`` of ``total`` in ``unit``, at ``rate`` a second; None where it is not known."""

    id: str
    kind: str
    title: str
    status: str
    phase: str = ""
    done: float | None = None
    total: float | None = None
    unit: str = ""
    rate: float | None = None
    reason: str = ""

    @property
    def is_over(self) -> bool:
        return self.status in ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    id: str
    name: str
    description: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file to import: ``received`` bytes of ``size`` are at the server."""

    id: str
    name: str
    size: int
    received: int
    complete: bool


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """``digest`` and sizes are None until the import has succeeded; ``domains`` maps names to rows, bytes, held_out."""

    id: str
    dataset: str
    name: str
    number: int
    job: Job
    digest: str | None = None
    rows: int | None = None
    bytes: int | None = None
    held_out: int | None = None
    domains: dict = field(default_factory=dict)
    report: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tokenizer:
    id: str
    name: str
    vocab_size: int
    job: Job
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreSet:
    """``summary`` (quantiles, histogram, domains) is there when it was asked for alone, after its job."""

    id: str
    version: str
    name: str
    method: str
    params: dict
    job: Job
    digest: str | None = None
    summary: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suite:
    """Questions with known answers; ``chance`` is what guessing scores."""

    id: str
    name: str
    method: str
    params: dict
    digest: str
    questions: int
    domains: dict
    chance: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a run's last checkpoint was asked later; ``values`` by the names of series, empty until its job has succeeded."""

    id: str
    run: str
    suites: list
    datasets: list
    values: dict
    job: Job


@dataclass(frozen=True, slots=True)
class Curriculum:
    """One version: ``id`` is the version's, ``curriculum`` that of the curriculum."""

    id: str
    curriculum: str
    name: str
    number: int
    draft: dict
    document: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    id: str
    version: str
    seed: int
    job: Job
    digest: str | None = None
    samples: int | None = None
    tokens: int | None = None
    phases: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Run:
    """``document``, ``phases`` and ``certificate`` are there when the run was asked for alone."""

    id: str
    name: str
    seed: int
    job: Job
    digest: str = ""
    notes: str = ""
    tags: list = field(default_factory=list)
    document: dict = field(default_factory=dict)
    phases: list = field(default_factory=list)
    certificate: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    id: str
    name: str
    question: str
    runs: list


@dataclass(frozen=True, slots=True)
class Study:
    """``runs`` are dicts of arm, seed, run, job and status; of ``total`` runs ``done`` are finished. ``queued`` is there in the answer to running it.

    ``seconds_left``: one run after the other; None where nothing was measured. ``comparison`` is None where it was deleted.
    """

    id: str
    kind: str
    name: str
    question: str
    params: dict
    comparison: str | None
    runs: list
    total: int
    done: int
    failed: int
    seconds_left: float | None = None
    queued: int = 0


@dataclass(frozen=True, slots=True)
class Webhook:
    """``secret`` is there in the answer that made it, and never again."""

    id: str
    url: str
    active: bool = True
    switched_off_why: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class SavedView:
    """``query`` is of the address of the table of runs."""

    id: str
    name: str
    query: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """``url`` is there in the answer that made it, and never again. ``frozen_at``: what it shows is as it was then."""

    id: str
    title: str
    state: str
    opens: int
    expires_at: str
    frozen_at: str | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """(n,) arrays: int64 ``tokens`` and ``steps``, float64 ``time`` (seconds since the epoch) and ``values``.

    ``total`` points there are; n of them are here.
    """

    tokens: np.ndarray
    steps: np.ndarray
    time: np.ndarray
    values: np.ndarray
    total: int


#: where a row can be asked for again
ADDRESSES = {
    DatasetVersion: "versions",
    Tokenizer: "tokenizers",
    ScoreSet: "scores",
    Plan: "plans",
    Evaluation: "evaluations",
    Run: "runs",
}


def of(kind: type[T], values: dict) -> T:
    """The dataclass from an answer; what a newer server says beside it is left aside."""
    known = {each.name: values[each.name] for each in dataclasses.fields(kind) if each.name in values}
    if "job" in known:
        known["job"] = of(Job, known["job"])
    return kind(**known)


def series(values: dict) -> Series:
    """A value that was not finite is NaN."""
    return Series(
        tokens=np.asarray(values["tokens"], np.int64),
        steps=np.asarray(values["steps"], np.int64),
        time=np.asarray(values["time"], np.float64),
        values=np.asarray(values["values"], np.float64),
        total=values["total"],
    )

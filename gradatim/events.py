"""All that long work ever says.

Long work is a generator of these events: it knows no database, no logger and no clock. Whoever iterates decides
what becomes of them: a test makes a list, the command line prints JSON lines, a worker stores them. The time of an
event is stamped by the writer (:func:`to_line`), never by the work itself.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is: ``done`` of ``total`` in ``unit`` (rows, tokens, steps), within a named ``phase``.

    ``detail``: what else is known by now, in words ("12,000 rows so far").
    """

    kind: ClassVar[str] = "progress"
    done: float
    total: float | None
    unit: str
    phase: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """Values measured at one optimizer step: ``{"train/loss": 3.2}``; ``tokens`` seen before the measurement."""

    kind: ClassVar[str] = "metric"
    step: int
    tokens: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """Mixture at one step: planned shares and consumed token shares, by stream name; each sums to one."""

    kind: ClassVar[str] = "weights"
    step: int
    tokens: int
    planned: dict[str, float]
    consumed: dict[str, float]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A finished artifact folder (see :mod:`gradatim.artifacts`): ``path`` is relative to the output folder."""

    kind: ClassVar[str] = "artifact"
    role: str
    path: str
    digest: str
    meta: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the log. ``level`` is info, warning or error; ``data`` carries a structured finding, if any."""

    kind: ClassVar[str] = "note"
    text: str
    level: str = "info"
    data: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resumed:
    """The work goes on from a checkpoint taken after ``step`` updates: what was measured later no longer counts."""

    kind: ClassVar[str] = "resumed"
    step: int
    tokens: int


Event = Progress | Metric | Weights | Artifact | Note | Resumed
TYPES = {cls.kind: cls for cls in (Progress, Metric, Weights, Artifact, Note, Resumed)}


def to_line(event: Event, time: float) -> str:
    """One JSON object on one line; ``time`` in seconds since the epoch. NaN and infinity are written as strings."""
    document = {"event": event.kind, "time": round(time, 3), **asdict(event)}
    if isinstance(event, Metric):
        document["values"] = {name: _finite(value) for name, value in event.values.items()}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def from_line(line: str) -> tuple[Event, float]:
    """The event and its time; ``ValueError`` where the line is not one of ours."""
    document = json.loads(line)
    if not isinstance(document, dict) or document.get("event") not in TYPES:
        raise ValueError(f"not an event: {line[:200]!r}")
    time = document.pop("time")
    cls = TYPES[document.pop("event")]
    if cls is Metric:
        document["values"] = {name: float(value) for name, value in document["values"].items()}
    return cls(**document), time


def _finite(value: float) -> float | str:
    value = float(value)
    return value if value - value == 0 else str(value)

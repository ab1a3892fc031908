"""What a finished plan gives of every stream and domain, beside what was asked for."""

from dataclasses import dataclass

from apps.curricula.models import Plan
from apps.datasets.models import DatasetVersion

#: Passes beyond which repeated samples are worth a mark.
MANY = 4.0


@dataclass(frozen=True, slots=True)
class Stream:
    """Shares are of the phase's tokens; ``note`` says where it ran out."""

    name: str
    asked: float
    given: float
    tokens: float
    passes: float
    note: str

    @property
    def many(self) -> bool:
        return self.passes > MANY


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    dataset: str
    tokens: int
    passes: float

    @property
    def many(self) -> bool:
        return self.passes > MANY


@dataclass(frozen=True, slots=True)
class Phase:
    """``short``: tokens that are missing from its budget; ``domains`` are empty for plans of earlier versions."""

    name: str
    tokens: int
    short: int
    streams: list[Stream]
    domains: list[Domain]


def phases_of(plan: Plan) -> list[Phase]:
    meta = plan.artifact.meta
    phases = [phase for phase in meta["phases"] if "consumed" in phase]
    order = [[entry["name"] for entry in meta["streams"] if entry["phase"] == i] for i in range(len(phases))]
    digests = {row["dataset"] for phase in phases for row in phase.get("domains", [])}
    named = DatasetVersion.objects.filter(
        artifact__digest__in=digests, dataset__project=plan.version.curriculum.project_id
    ).select_related("dataset", "artifact")
    names = {row.artifact.digest: f"{row.dataset.name}, version {row.number}" for row in named}
    return [_phase(phase, streams, names) for phase, streams in zip(phases, order, strict=True)]


def _phase(phase: dict, order: list[str], names: dict[str, str]) -> Phase:
    out = {row["stream"]: row for row in phase.get("ran_out", [])}
    streams = [
        Stream(
            name,
            phase["weights"].get(name, 0.0),
            phase["consumed"][name],
            phase["consumed"][name] * phase["planned_tokens"],
            phase["epochs"][name],
            _note(out.get(name)),
        )
        for name in order
    ]
    domains = [
        Domain(row["name"], names.get(row["dataset"], ""), row["tokens"], row["passes"])
        for row in phase.get("domains", [])
    ]
    short = max(0, phase["budget_tokens"] - phase["planned_tokens"])
    return Phase(phase["name"], phase["planned_tokens"], short, streams, domains)


def _note(row: dict | None) -> str:
    if not row:
        return ""
    then = "the phase ends there" if row["then"] == "stop" else "the others took its share"
    return f"ran out after {row['tokens']:,} tokens, {then}"

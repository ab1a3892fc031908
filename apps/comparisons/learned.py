"""In which phase of a run each domain is learned: what continual evaluation calls its tasks, read off the plans."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from apps.jobs.models import Artifact
from apps.runs.models import Run
from apps.runs.selectors import document_of

#: A share of the tokens that grows by less has not grown: plans serve whole samples.
NOTICED = 0.01


def learned_of(runs: Sequence[Run], domains: Iterable[str]) -> dict:
    """For each run {domain: number of the phase in which it is learned, or None where that was before the run}.

    A domain is learned in the phase that gives it its largest share of the tokens, if that is more than the base's last phase
    gave it; else it was learned before. Two queries, however many runs there are.
    """
    domains = list(domains)
    bases = Run.objects.filter(pk__in={run.base_id for run in runs if run.base_id}).select_related(
        "version", "plan__artifact"
    )
    bases = {base.pk: base for base in bases}
    rows = _rows_of_domains([*runs, *bases.values()])
    found = {}
    for run in runs:
        before = _shares(bases[run.base_id], domains, rows)[-1:] if run.base_id in bases else []
        phases = _shares(run, domains, rows)
        found[run.pk] = {domain: _phase_of(domain, before, phases) for domain in domains}
    return found


def _phase_of(domain: str, before: list[dict], phases: list[dict]) -> int | None:
    shares = [phase[domain] for phase in phases]
    largest = max(range(len(shares)), key=shares.__getitem__, default=None)
    if largest is None or not shares[largest]:
        return None
    return largest if not before or shares[largest] > before[0][domain] + NOTICED else None


def _shares(run: Run, domains: list[str], rows: dict) -> list[dict[str, float]]:
    """The share of each domain in the tokens of each phase, as far as the plan is there."""
    plan = run.plan.artifact.meta if run.plan_id and run.plan.artifact else {}
    wanted = {
        (i, stream["name"]): stream.get("domains")
        for i, phase in enumerate(document_of(run)["curriculum"]["phases"])
        for stream in phase["streams"]
    }
    digests = {(stream["phase"], stream["name"]): stream["dataset"] for stream in plan.get("streams", [])}
    found = []
    for i, phase in enumerate(plan.get("phases", [])):
        shares = defaultdict(float)
        for name, share in (phase.get("consumed") or {}).items():
            held = rows.get(digests.get((i, name))) or {name: 1}
            kept = {domain: count for domain, count in held.items() if domain in (wanted.get((i, name)) or held)}
            for domain in domains:
                shares[domain] += share * kept.get(domain, 0) / max(1, sum(kept.values()))
        found.append(shares)
    return found


def _rows_of_domains(runs: Iterable[Run]) -> dict[str, dict[str, int]]:
    """{digest of a dataset: {domain: samples that a plan may hold}} of all that the runs' plans draw from; one query."""
    plans = [run.plan.artifact.meta for run in runs if run.plan_id and run.plan.artifact]
    digests = {stream["dataset"] for plan in plans for stream in plan.get("streams", [])}
    metas = Artifact.objects.filter(kind="dataset", digest__in=digests).values_list("digest", "meta")
    return {
        digest: {name: of["rows"] - of["held_out"] for name, of in (meta.get("domains") or {}).items()}
        for digest, meta in metas
    }

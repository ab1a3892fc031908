"""What a frozen share link keeps: the compared runs as they were, and their points. Decision 0014 says why so.

A kept run comes back as a :class:`Run` that is in no table, with the few rows that what is said of it reads, so that a frozen page is made
by the code that makes a live one.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import connection

from apps.comparisons.facts import Facts, facts_of
from apps.comparisons.fairness import Confounder, Fairness, Side
from apps.comparisons.settings import Difference, Setting
from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from apps.jobs.models import Artifact, Job
from apps.metrics.selectors import named
from apps.runs import along, series
from apps.runs.models import Run
from apps.runs.selectors import document_of
from apps.shares.models import ShareLink, Snapshot, SnapshotChunk
from gradatim.errors import UserError

FORMAT = 1
#: Of a certificate: whether the order was kept, and where not.
_CERTIFICATE = ("matches", "first_difference", "steps", "digest")
_POINTS = """
FROM metrics_chunk chunk JOIN metrics_series series ON series.id = chunk.series_id
WHERE series.run_id = ANY(%s) AND (series.name LIKE 'eval/%%' OR series.name LIKE 'eval\\_averaged/%%' OR series.name IN ('train/loss', 'train/lr'))
"""
_COPY = f"""
INSERT INTO shares_snapshotchunk (link_id, run, name, first_step, data)
SELECT %s, series.run_id, series.name, chunk.first_step, chunk.data {_POINTS}
"""
#: Chunks that a link may copy, of about a thousand points each: 40,000 are 0.2 GB, a few seconds of a request.
MOST_CHUNKS = 40_000


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the points of a link's runs lie, and when one of them went on in another attempt."""

    link: UUID
    resumed: list[float]

    def parts(
        self, run_ids: Iterable[UUID], names: Sequence[str], start: float | None, stop: float | None
    ) -> dict[tuple[UUID, str], list[bytes]]:
        """As :func:`apps.metrics.selectors.parts_of`; bounds of steps are left to the reader."""
        rows = SnapshotChunk.objects.filter(named(names), link=self.link, run__in=list(run_ids))
        found: dict[tuple[UUID, str], list[bytes]] = {}
        for run, name, data in rows.order_by("name", "run", "first_step").values_list("run", "name", "data"):
            found.setdefault((run, name), []).append(data)
        return found


def keep(*, link: ShareLink, runs: list[Run]) -> Snapshot:
    """Copy what the link's page shows now; the points are copied within the database, first: the facts know all of them then."""
    ids = [run.pk for run in runs]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_POINTS}", [ids])
        if cursor.fetchone()[0] > MOST_CHUNKS:
            raise UserError(
                f"These runs have more than {MOST_CHUNKS // 1000} million points, which is too much to copy: freeze fewer of them, or share them live.",
                field="frozen",
            )
        cursor.execute(_COPY, [link.pk, ids])
    facts, events = facts_of(runs, siblings=False), along.events_of(runs)
    said = {
        "controls": {str(key): str(control.pk) for key, control in facts.controls.items()},
        "learned": {str(key): learned for key, learned in facts.learned.items()},
        "difference": asdict(facts.difference),
        "evidence": facts.evidence,
        "fairness": asdict(facts.fairness),
    }
    kept = [_row(run, events.get(run.pk, [])) for run in runs]
    return Snapshot.objects.create(link=link, format=FORMAT, runs=kept, said=said)


def runs_of(link: ShareLink) -> list[Run]:
    """The link's runs as they were, in its order."""
    rows = Snapshot.objects.values_list("runs", flat=True).get(link=link)
    return [_run(row, link) for row in rows]


def kept_facts(link: ShareLink) -> Facts:
    """The comparison's facts as they were; points are read from the copy."""
    snapshot = Snapshot.objects.get(link=link)
    runs, said = [_run(row, link) for row in snapshot.runs], snapshot.said
    known, (evaluations, beside) = {str(run.pk): run for run in runs}, series.evaluations(runs)
    return Facts(
        runs=runs,
        outside=[],
        controls={UUID(key): known[control] for key, control in said["controls"].items()},
        lacking=[],
        evaluations=evaluations,
        beside=beside,
        learned={UUID(key): learned for key, learned in said["learned"].items()},
        difference=Difference([Setting(**row) for row in said["difference"]["settings"]], said["difference"]["same"]),
        evidence=said["evidence"],
        fairness=_fairness(**said["fairness"]),
    )


def _fairness(confounders: list[dict], **rest) -> Fairness:
    rows = [Confounder(**{**row, "sides": [Side(**side) for side in row["sides"]]}) for row in confounders]
    return Fairness(confounders=rows, **rest)


def _row(run: Run, events: list[dict]) -> dict:
    """What pages read of a run's row and of those that it refers to, and nothing else of them."""
    base = run.base and {**_own(run.base), "version": {"id": str(run.base.version_id)}}
    return {
        **_own(run),
        "document": json.dumps(document_of(run)),
        "certificate": {key: run.certificate[key] for key in _CERTIFICATE if key in (run.certificate or {})},
        "version": {"id": str(run.version_id), "number": run.version.number, "curriculum": run.version.curriculum.name},
        "base": base,
        "phases": run.plan.artifact.meta.get("phases") if run.plan.artifact else None,
        "job": {"status": run.job.status, "kind": run.job.kind},
        "resumed": [event["time"] for event in events if "time" in event],
    }


def _own(run: Run) -> dict:
    return {
        "id": str(run.pk),
        "name": run.name,
        "seed": run.seed,
        "recipe": run.recipe,
        "base_id": str(run.base_id or ""),
    }


def _run(row: dict, link: ShareLink) -> Run:
    version = row["version"]
    curriculum = Curriculum(name=version["curriculum"])
    artifact = Artifact(meta={"phases": row["phases"]} if row["phases"] else {})
    run = _bare(row)
    run.project_id = link.project_id
    run.document, run.certificate = row["document"], row["certificate"]
    run.version = CurriculumVersion(pk=UUID(version["id"]), number=version["number"], curriculum=curriculum)
    run.plan, run.job = Plan(artifact=artifact), Job(**row["job"])
    if row["base"]:
        run.base = _bare(row["base"])
        run.base.version_id = UUID(row["base"]["version"]["id"])
    run.kept = Kept(link.pk, row["resumed"])
    return run


def _bare(row: dict) -> Run:
    base = UUID(row["base_id"]) if row["base_id"] else None
    return Run(pk=UUID(row["id"]), name=row["name"], seed=row["seed"], recipe=row["recipe"], base_id=base)

"""A realistic project for tests of pages and for looking at them: real text, real artifacts on disk, finished jobs.

Rows are made by the services, and jobs are done by the library's own tasks in this process, as a worker would. Only
training is made up: its curves are drawn by :func:`train`, because torch has no place in a test of pages.
"""

import ast
import functools
import importlib
import inspect
import json
import math
import tempfile
import textwrap
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.accounts import members, tokens
from apps.accounts.models import Membership, Project, Role, User
from apps.comparisons.models import Comparison
from apps.curricula import services as curricula
from apps.curricula.models import CurriculumVersion
from apps.datasets import services as datasets
from apps.datasets import sources
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.evaluations import services as evaluations
from apps.evaluations.models import Evaluation, Suite
from apps.jobs import services as jobs
from apps.jobs.models import Artifact, Attempt, Job, LogLine, Status
from apps.runs import saved_views
from apps.runs import services as runs
from apps.runs.models import Run
from apps.scores import services as scores
from apps.scores.models import ScoreSet
from apps.shares import services as shares
from apps.site.storage import store
from apps.studies.models import Study as StudyRow
from apps.webhooks import services as webhooks
from gradatim import artifacts, params, registry, seeds, types
from gradatim.events import Artifact as Made
from gradatim.events import Metric, Note, Weights
from gradatim.presets import PRESETS

PASSWORD = "correct horse battery"
HOSTILE = "<script>alert('sample')</script> & <b>bold</b> {{ 7 * 7 }}"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda row: f"{row.username}@example.org")
    password = factory.django.Password(PASSWORD)


class ProjectFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Project
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Project {n}")

    @factory.post_generation
    def members(self, create, people, **kwargs):
        """``ProjectFactory(members={alice: Role.OWNER})``"""
        for person, role in (people or {}).items():
            Membership.objects.create(project=self, user=person, role=role)


@dataclass
class Data:
    """Two imported datasets, a tokenizer with their tokens, and two score sets of the code."""

    project: Project
    prose: DatasetVersion
    code: DatasetVersion
    tokenizer: Tokenizer
    length: ScoreSet
    ratio: ScoreSet


@dataclass
class Study(Data):
    """The data, curricula with their plans, runs from one base, and a comparison of them."""

    mixed: CurriculumVersion
    phased: CurriculumVersion
    base: Run
    arms: list[Run]
    comparison: Comparison


def data(*, by: User, project: Project | None = None, samples: int = 120) -> Data:
    """Finished data of about ``samples`` samples a dataset, in a project of its own where none is given."""
    project = project or ProjectFactory(
        name="Replay after a shift to code",
        description="A small model learns prose and code; then its diet changes to code alone. Does replaying prose help?",
        members={by: Role.OWNER},
    )
    prose = dataset(project, by, "Language reference", prose_rows(samples), "Topics of Python's own help, by chapter.")
    code = dataset(project, by, "Standard library code", code_rows(samples), "Functions of a few modules.")
    tokenizer = done(
        datasets.train_tokenizer(project=project, name="Prose and code", versions=[prose, code], vocab_size=400, by=by)
    )
    for version in (prose, code):
        done(datasets.tokenize_version(version=version, tokenizer=tokenizer, by=by))
    length = done(scores.create_score_set(version=code, method="length", params={"unit": "bytes"}, by=by))
    ratio = done(scores.create_score_set(version=code, method="compression_ratio", by=by))
    return Data(project, prose, code, tokenizer, length, ratio)


def study(*, by: User, project: Project | None = None, samples: int = 120) -> Study:
    """A finished study: :func:`data`, three curricula, four runs with made-up curves, and a comparison."""
    given = data(by=by, project=project, samples=samples)
    project, both = given.project, [given.prose, given.code]
    mixed, phased = mixed_curriculum(given, by), phased_curriculum(given, by)
    alone = phase("main", {"code": given.code}, {"code": 1}, scores=given.length)
    alone = curriculum(project, by, "Code alone", given.tokenizer, [alone])
    base = train(run("Base: 62 % prose", mixed, by, both), level=3.6, cost=0)
    arms = [
        train(run("Code alone", alone, by, both, base=base), level=3.1, cost=1.1),
        train(run("Prose, then code + 25 % prose", phased, by, both), level=3.2, cost=0.4),
        train(run("Control: base mixture again", mixed, by, both, base=base), level=3.3, cost=0.05),
    ]
    comparison = Comparison.objects.create(
        project=project,
        name="The cost of a shift to code",
        question="What did the shift to new data cost, and did replay help?",
        runs=[str(arm.pk) for arm in arms],
        created_by=by,
    )
    return Study(**vars(given), mixed=mixed, phased=phased, base=base, arms=arms, comparison=comparison)


def everything(*, by: User, project: Project | None = None, samples: int = 120) -> Study:
    """A study, and a row of every other kind that an address can name."""
    made = study(by=by, project=project, samples=samples)
    members.invite(project=made.project, role="viewer", by=by)
    tokens.create_token(user=by, name="script")
    hook, _ = webhooks.create_webhook(project=made.project, url="https://example.org/hook", by=by)
    webhooks.send_test(webhook=hook, by=by)
    study_of(made, by)
    saved_views.save(project=made.project, name="By peak", query="sort=seed", by=by)
    shares.create_share(project=made.project, title="Shared", runs=[made.base.pk], by=by)
    file = SimpleUploadedFile("more.jsonl", b'{"text": "one more"}')
    sources.upload_whole(project=made.project, upload=file, by=by)
    done(datasets.export_version(version=made.code, format="jsonl", selection={}, by=by))
    evaluation(made.base, [suite(made.project, by)], by, {"accuracy": 0.6, "accuracy_normalised": 0.55})
    return made


def study_of(made: Study, by: User) -> StudyRow:
    """A study whose runs are the finished ones, and one that was cancelled since."""
    cells = [{"arm": run.name, "seed": run.seed, "run": str(run.pk)} for run in made.arms]
    return StudyRow.objects.create(
        project=made.project,
        kind="replay",
        name="Replay: Base, then code",
        question="What did going on with code cost, and how much did it help to replay the old data?",
        params={"base": str(made.base.pk), "dataset": str(made.code.pk), "tokens": 24_000, "seeds": [0]},
        cells=[*cells, {"arm": "50 % replay", "seed": 0, "run": str(uuid.UUID(int=0))}],
        comparison=made.comparison,
        created_by=by,
    )


def mixed_curriculum(given: Data, by: User) -> CurriculumVersion:
    parts = {"prose": given.prose, "code": given.code}
    only = phase("main", parts, {"prose": 0.62, "code": 0.38})
    return curriculum(given.project, by, "Base mixture", given.tokenizer, [only])


def phased_curriculum(given: Data, by: User) -> CurriculumVersion:
    """Prose alone, then code by SAW over its compression ratio with a quarter of prose replayed."""
    first = phase("prose-first", {"prose": given.prose}, {"prose": 1})
    parts = {"prose": given.prose, "code": given.code}
    shift = phase("shift", parts, {"prose": 0.25, "code": 0.75}, scores=given.ratio)
    return curriculum(given.project, by, "Prose, then code with replay", given.tokenizer, [first, shift])


def dataset(project, by, name, rows: list[dict], description="", bad: tuple[str, ...] = ()) -> DatasetVersion:
    """An imported version of ``rows`` (id, domain, text); ``bad`` lines are skipped and reported."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.jsonl"
        path.write_text("\n".join([json.dumps(row) for row in rows] + list(bad)) + "\n")
        source = {"kind": "file", "path": str(path), "mapping": {"text": "text", "id": "id", "domain": "domain"}}
        version = datasets.import_dataset(
            project=project, name=name, source=source, by=by, on_bad="skip", description=description, licence="PSF-2.0"
        )
        return done(version)


def phase(name, parts: dict, weights: dict, *, tokens=24_000, scores=None) -> dict:
    streams = []
    for stream, version in parts.items():
        entry = {"name": stream, "dataset": str(version.pk), "ordering": {"method": "shuffle"}}
        if scores and scores.version_id == version.pk:
            entry |= {
                "scores": str(scores.pk),
                "ordering": {"method": "saw", "params": {"sections": 3, "transition_ratio": 0.075, "layers": 3}},
                "selection": {"method": "top_r", "params": {"ratio": 0.8}},
                "jitter_window": 4,
            }
        streams.append(entry)
    return {
        "name": name,
        "tokens": tokens,
        "streams": streams,
        "mixture": {"method": "static", "params": {"weights": weights}},
    }


def curriculum(project, by, name, tokenizer, phases: list[dict]) -> CurriculumVersion:
    draft = {"tokenizer": str(tokenizer.pk), "phases": phases}
    return curricula.create_curriculum(project=project, name=name, draft=draft, by=by)


def run(name, version, by, measured, *, base=None, seed=0) -> Run:
    recipe = {"schedules": [{"peak": 3e-3}] * len(version.draft["phases"]), "batch_size": 4, "context": 64}
    if base is None:
        recipe["model"] = {"preset": "llama-1m"}
    made = runs.create_run(
        name=name, version=version, recipe=recipe, seed=seed, by=by, base=base, evaluated_on=measured
    )
    if not made.plan.artifact_id:
        done(made.plan)
    return made


def done(row):
    """The row after its job was done here: the library's task ran, its artifacts are in the store."""
    perform(row.job)
    row.refresh_from_db()
    return row


def perform(job: Job) -> None:
    """Do a job's work in this process. The status is written past the lease: there is no worker to hold one."""
    adapter = importlib.import_module(f"workers.kinds.{job.kind}")
    work = adapter.prepare(job)
    task = registry.load("tasks", work.task)
    inputs = types.Inputs([store().get(artifact.kind, artifact.digest) for artifact in work.inputs])
    with tempfile.TemporaryDirectory() as out:
        asked = params.parse(task.Params, work.params)
        events = list(task.run(types.TaskContext(params=asked, seed=work.seed, inputs=inputs, out=Path(out))))
        artifacts = {event.role: _kept(Path(out) / event.path) for event in events if isinstance(event, Made)}
    notes = [event for event in events if isinstance(event, Note)]
    adapter.finish(job, artifacts, notes)
    end(job, lines=[f"{job.title}: begun", *(note.text for note in notes), "Done."])


def suite(project: Project, by: User, name: str = "sums", count: int = 25) -> Suite:
    """Multiple choice, in two domains; one question is hostile."""
    records = [
        {
            "question": HOSTILE if k == 3 else f"What is {k} and {k}?",
            "choices": [f"{2 * k}", f"{2 * k + 1}", "none of them"],
            "answer": "A",
            "domain": ("small", "large")[k > 9],
        }
        for k in range(count)
    ]
    file = SimpleUploadedFile("sums.jsonl", "\n".join(map(json.dumps, records)).encode())
    return evaluations.create_suite(
        project=project, name=name, method="multiple_choice", params={"domain": "domain"}, file=file, by=by
    )


def evaluation(row: Run, suites: list[Suite], by: User, measures: dict[str, float]) -> Evaluation:
    """A finished evaluation with made-up values, the same in each domain."""
    made, _ = evaluations.evaluate_run(run=row, by=by, suites=suites)
    values = {
        f"eval/{one.name}/{domain}/{measure}": value
        for one in suites
        for domain in one.artifact.meta["domains"]
        for measure, value in measures.items()
    }
    meta = row.checkpoint.meta
    evaluations.enter_values(job=made.job, artifact=None, step=meta["step"], tokens=meta["tokens"], values=values)
    end(made.job, lines=["Answered."])
    made.refresh_from_db()
    return made


def train(row: Run, *, level: float, cost: float, steps: int = 120) -> Run:
    """A finished run with made-up curves: loss falls to ``level``, prose rises by ``cost`` and recovers in part."""
    adapter = importlib.import_module("workers.kinds.train")
    adapter.prepare(row.job)
    start = timezone.now().timestamp() - 600
    noise = seeds.Seed(hash(row.name) % 1000).numpy().normal(0, 0.04, steps + 1)
    events = []
    for step in range(steps + 1):
        tokens, done_share = step * 256, step / steps
        falls = level + 1.6 * math.exp(-6 * done_share)
        values = {"train/loss": falls + float(noise[step]), "train/lr": 3e-3 * (1 - done_share)}
        if step % 10 == 0:
            gap = cost * (1 - math.exp(-14 * done_share)) * (0.55 + 0.45 * math.exp(-3 * done_share))
            values |= _evaluation(row, 3.5 + gap, falls)
        events.append((Metric(step, tokens, values), start + 4 * step))
        if step % 10 == 0:
            shares = row.version.draft["phases"][-1]["mixture"]["params"]["weights"]
            events.append((Weights(step, tokens, shares, shares), start + 4 * step))
    adapter.receive(row.job, events)
    checkpoint = _checkpoint(row, steps)
    runs.enter_run(
        job=row.job,
        checkpoint=checkpoint,
        certificate_file=None,
        certificate={"matches": True, "samples": 2_000, "steps": steps, "first_difference": None},
    )
    end(
        row.job,
        lines=[f"step {n}: loss {level + 1.6 * math.exp(-6 * n / steps):.3f}" for n in range(0, steps, 10)],
        seconds=480,
    )
    row.refresh_from_db()
    return row


def end(job: Job, *, lines: list[str], seconds: float = 4, outcome: str = "succeeded", reason: str = "") -> None:
    now = timezone.now()
    began = now - timedelta(seconds=seconds)
    Job.objects.filter(pk=job.pk).update(status=Status(outcome), started_at=began, finished_at=now, reason=reason)
    attempt = _attempt(job, 1, outcome, reason, finished_at=now)
    say(attempt, lines)
    job.refresh_from_db()


def start(job: Job, *, done: float, total: float, unit: str, phase: str, rate: float, lines: list[str] = ()) -> Attempt:
    """The job as it is while a worker is at it."""
    Job.objects.filter(pk=job.pk).update(
        status=Status.RUNNING,
        started_at=timezone.now() - timedelta(seconds=done / rate),
        worker="gpu@bench",
        phase=phase,
        done=done,
        total=total,
        unit=unit,
        rate=rate,
    )
    attempt = _attempt(job, job.attempts.count() + 1)
    say(attempt, lines)
    job.refresh_from_db()
    return attempt


def say(attempt: Attempt, lines, level: str = "info") -> None:
    LogLine.objects.bulk_create(LogLine(attempt=attempt, at=timezone.now(), level=level, text=text) for text in lines)


def under_way(given: Data, by: User) -> dict[str, Job]:
    """Jobs as they are while they are at it: one that runs on its second attempt, one that waits for it, one that is next,
    and one that failed."""
    project = given.project

    def queue(kind: str, title: str, queue: str, **more) -> Job:
        return jobs.enqueue(project=project, kind=kind, title=title, queue=queue, by=by, **more)

    running = queue("train", "Train code alone, seed 1", "gpu")
    lost = "The worker gpu@bench gave no sign of life for 60 seconds."
    say(
        _attempt(running, 1, "lost", lost, finished_at=timezone.now()),
        [f"step {n}: loss {4.2 - n / 200:.3f}" for n in range(0, 60, 5)],
    )
    attempt = start(running, done=140, total=300, unit="steps", phase="training", rate=2.6)
    say(attempt, ["Going on from the checkpoint of step 100."], "warning")
    say(attempt, [f"step {n}: loss {3.9 - n / 200:.3f}" for n in range(100, 141, 5)])
    waiting = queue("score", "Score code by perplexity", "gpu", after=[running])
    following = queue("plan", "Plan code alone, seed 2", "cpu")
    failed = queue("train", "Train 160 M, context 2,048", "gpu")
    reason = "The device ran out of memory."
    end(failed, lines=["step 0: 12.4 GB asked for"], outcome="failed", reason=reason, seconds=31)
    trace = "Traceback (most recent call last):\n  ...\nMemoryError"
    Job.objects.filter(pk=failed.pk).update(reference="k3f9-22ab", traceback=trace)
    failed.refresh_from_db()
    return {"running": running, "waiting": waiting, "next": following, "failed": failed}


@functools.cache
def prose_rows(limit: int) -> list[dict]:
    from pydoc_data.topics import topics

    rows = []
    for name, text in sorted(topics.items()):
        for part, paragraph in enumerate(text.split("\n\n\n")):
            if len(paragraph) > 80:
                domain = "reference" if part % 3 else "statements"
                rows.append({"id": f"{name}-{part}", "domain": domain, "text": paragraph[:1500]})
    return rows[:: max(1, len(rows) // limit)][:limit]


@functools.cache
def code_rows(limit: int) -> list[dict]:
    """Functions of modules, and one sample that would be a script if a page did not escape it."""
    rows = [{"id": "hostile", "domain": "text", "text": HOSTILE}]
    for name in ("textwrap", "argparse", "json.decoder", "difflib", "shutil"):
        source = inspect.getsource(importlib.import_module(name))
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                text = textwrap.dedent("\n".join(lines[node.lineno - 1 : node.end_lineno]))
                rows.append(
                    {"id": f"{name}.{node.name}:{node.lineno}", "domain": name.split(".")[0], "text": text[:2500]}
                )
    return rows[:limit]


def _kept(folder: Path) -> Artifact:
    stored = store().put(folder)
    defaults = {"kind": stored.kind, "size": stored.size, "meta": stored.meta}
    return Artifact.objects.get_or_create(digest=stored.digest, defaults=defaults)[0]


def _checkpoint(row: Run, steps: int) -> Artifact:
    """A checkpoint in the store whose weights are a few bytes of the run's own."""
    preset = PRESETS[(row.base or row).recipe["model"]["preset"]]
    weights = preset.parameters(int(curricula.tokenizer_of(row.version).vocab_size))
    meta = {"step": steps, "tokens": steps * 256, "final": True, "parameters": weights, "context": 64}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("config.json", "tokenizer.json"):
            (Path(folder) / name).write_text("{}")
        (Path(folder) / "model.safetensors").write_bytes(row.pk.bytes)
        artifacts.seal(Path(folder), "checkpoint", meta)
        return _kept(Path(folder))


def _attempt(job: Job, number: int, outcome: str = "", reason: str = "", finished_at=None) -> Attempt:
    return Attempt.objects.create(
        job=job,
        number=number,
        lease=uuid.uuid4(),
        worker="gpu@bench",
        outcome=outcome,
        reason=reason,
        finished_at=finished_at,
    )


def _evaluation(row: Run, prose: float, code: float) -> dict[str, float]:
    values = {}
    for version in row.evaluated_on.select_related("artifact", "dataset"):
        for domain in version.artifact.meta["domains"]:
            loss = prose if "reference" in version.dataset.name.lower() else code
            values[f"eval/heldout/{domain}/loss"] = loss
            values[f"eval/heldout/{domain}/bits_per_byte"] = loss / math.log(2) / 3.1
    return values

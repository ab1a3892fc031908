"""A client of Gradatim's API for scripts and notebooks; nothing but numpy and the standard library.

    client = Client("https://gradatim.example.org", token=os.environ["GRADATIM_TOKEN"])
    run = client.wait(client.create_run(project, "Code alone", version=version, recipe={...}))

What the server refuses is a :class:`Refused`, a ``UserError`` with the sentence and the field that it names.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from gradatim import records
from gradatim.client_answers import Answers
from gradatim.client_project import OfProject
from gradatim.records import (
    Curriculum,
    Dataset,
    DatasetVersion,
    Evaluation,
    File,
    Job,
    Plan,
    Project,
    Run,
    ScoreSet,
    Series,
    Suite,
    Tokenizer,
)
from gradatim.transport import Refused, query

__all__ = ["Client", "Refused"]

PIECE = 8 << 20
#: given as it came from the client, or by its id
Row = Any
T = TypeVar("T")


class Client(Answers, OfProject):
    """One installation, as the person whose token it is. ``timeout`` is seconds a request may take."""

    # -- projects, data ---------------------------------------------------------------------------------------------------

    def projects(self) -> list[Project]:
        return self._list("projects/", Project)

    def create_project(self, name: str, description: str = "") -> Project:
        return self._made("projects/", Project, name=name, description=description)

    def datasets(self, project: Row) -> list[Dataset]:
        return self._list(f"projects/{_id(project)}/datasets/", Dataset)

    def dataset_versions(self, project: Row) -> list[DatasetVersion]:
        return self._list(f"projects/{_id(project)}/versions/", DatasetVersion)

    def upload(self, project: Row, path: str | Path) -> File:
        """Send a file in pieces. One that broke off goes on where it was, as long as the file has not changed."""
        path = Path(path)
        facts = path.stat()
        asked = {"name": path.name, "size": facts.st_size, "fingerprint": f"{path.name} {facts.st_mtime_ns}"}
        file = self._made(f"projects/{_id(project)}/files/", File, **asked)
        with path.open("rb") as source:
            while not file.complete:
                source.seek(file.received)
                address = f"files/{file.id}/?offset={file.received}"
                file = records.of(File, self._ask("PUT", address, data=source.read(PIECE)))
        return file

    def register_file(self, project: Row, root: str, path: str) -> File:
        return self._made(f"projects/{_id(project)}/files/", File, root=root, path=path)

    def import_dataset(
        self, project: Row, name: str, file: Row, *, mapping: Mapping[str, str], on_bad: str = "stop", **notes: str
    ) -> DatasetVersion:
        """Queue an import as the next version of the dataset ``name``. ``notes``: description, licence."""
        asked = {"name": name, "file": _id(file), "mapping": dict(mapping), "on_bad": on_bad, **notes}
        return self._made(f"projects/{_id(project)}/versions/", DatasetVersion, **asked)

    def samples(self, version: Row, *, word: str = "", domain: str = "", page: int = 1) -> list[dict]:
        """One page of twenty samples as dicts: position, id, domain, prompt, text, whole, held_out."""
        asked = query(q=word, domain=domain, page=page)
        return self._ask("GET", f"versions/{_id(version)}/samples/{asked}")["samples"]

    def tokenizers(self, project: Row) -> list[Tokenizer]:
        return self._list(f"projects/{_id(project)}/tokenizers/", Tokenizer)

    def train_tokenizer(self, project: Row, name: str, versions: Sequence[Row], vocab_size: int) -> Tokenizer:
        asked = {"name": name, "versions": [_id(row) for row in versions], "vocab_size": vocab_size}
        return self._made(f"projects/{_id(project)}/tokenizers/", Tokenizer, **asked)

    def bring_tokenizer(
        self, project: Row, name: str, path: str | Path, *, template: str | Path | None = None, end_of_text: str = ""
    ) -> Tokenizer:
        """A tokenizer.json, with its model's chat ``template`` (tokenizer_config.json, or the template alone) where samples are to be framed by it."""
        address = f"projects/{_id(project)}/tokenizers/bring/{query(name=name, end_of_text=end_of_text)}"
        parts = {"file": Path(path), **({"template": Path(template)} if template else {})}
        read = {part: file.read_bytes() for part, file in parts.items()}
        return records.of(Tokenizer, self._ask("POST", address, parts=read))

    # -- scores, curricula ------------------------------------------------------------------------------------------------

    def score_sets(self, project: Row) -> list[ScoreSet]:
        return self._list(f"projects/{_id(project)}/scores/", ScoreSet)

    def create_score_set(
        self,
        project: Row,
        version: Row,
        method: str,
        *,
        params: Mapping | None = None,
        name: str = "",
        tokenizer: Row | None = None,
        checkpoint_of: Row | None = None,
        reference: Row | None = None,
        seed: int = 0,
    ) -> ScoreSet:
        """Queue the scoring of a dataset version; ``params`` that are left out have their defaults."""
        asked = {"version": _id(version), "method": method, "params": dict(params or {}), "name": name, "seed": seed}
        given = {"tokenizer": tokenizer, "checkpoint_of": checkpoint_of, "reference": reference}
        asked |= {key: row and _id(row) for key, row in given.items()}
        return self._made(f"projects/{_id(project)}/scores/", ScoreSet, **asked)

    def score_set(self, score_set: Row) -> ScoreSet:
        """The score set anew, with ``summary``: quantiles, histogram, the same by domain."""
        return records.of(ScoreSet, self._ask("GET", f"scores/{_id(score_set)}/"))

    def create_curriculum(self, project: Row, name: str, draft: Mapping, description: str = "") -> Curriculum:
        """A curriculum with its first version; ``draft`` names tokenizer, datasets and scores by their ids."""
        asked = {"name": name, "description": description, "draft": dict(draft)}
        return self._made(f"projects/{_id(project)}/curricula/", Curriculum, **asked)

    def create_curriculum_version(self, curriculum: Curriculum, draft: Mapping) -> Curriculum:
        """The next version of the same curriculum."""
        return self._made(f"curricula/{curriculum.curriculum}/versions/", Curriculum, draft=dict(draft))

    def plan(self, version: Row, seed: int = 0) -> Plan:
        """The plan of a curriculum version under a seed: the one there is, else one that is queued."""
        return self._made(f"curriculum-versions/{_id(version)}/plans/", Plan, seed=seed)

    # -- runs -------------------------------------------------------------------------------------------------------------

    def runs(self, project: Row) -> list[Run]:
        return self._list(f"projects/{_id(project)}/runs/", Run)

    def run(self, run: Row) -> Run:
        return records.of(Run, self._ask("GET", f"runs/{_id(run)}/"))

    def create_runs(
        self,
        project: Row,
        name: str,
        *,
        version: Row,
        recipe: Mapping,
        seeds: Sequence[int] = (0,),
        base: Row | None = None,
        evaluated_on: Sequence[Row] = (),
        suites: Sequence[Row] = (),
        notes: str = "",
        tags: Sequence[str] = (),
    ) -> list[Run]:
        """Queue one run a seed, all or none. With a ``base`` the recipe has no model: it starts from that checkpoint."""
        asked = {"name": name, "version": _id(version), "recipe": dict(recipe), "seeds": list(seeds), "notes": notes}
        asked |= {"base": base and _id(base), "tags": list(tags), "evaluated_on": [_id(row) for row in evaluated_on]}
        asked["suites"] = [_id(row) for row in suites]
        made = self._ask("POST", f"projects/{_id(project)}/runs/", body=asked)
        return [records.of(Run, row) for row in made]

    def create_run(self, project: Row, name: str, *, seed: int = 0, **asked) -> Run:
        """:meth:`create_runs` with one seed."""
        return self.create_runs(project, name, seeds=[seed], **asked)[0]

    def create_run_elsewhere(
        self,
        project: Row,
        name: str,
        *,
        version: Row,
        settings: Mapping | None = None,
        seed: int = 0,
        evaluated_on: Sequence[Row] = (),
        notes: str = "",
        tags: Sequence[str] = (),
    ) -> Run:
        """Begin a run that another trainer makes on the order of a curriculum version; ``settings`` are that trainer's."""
        asked = {"name": name, "version": _id(version), "settings": dict(settings or {}), "seed": seed, "notes": notes}
        asked |= {"tags": list(tags), "evaluated_on": [_id(row) for row in evaluated_on]}
        return self._made(f"projects/{_id(project)}/runs-elsewhere/", Run, **asked)

    def log_metrics(self, run: Row, series: Mapping[str, Mapping[str, Sequence]]) -> int:
        """Log points of such a run, and return how many were new.

        ``series`` maps names like ``train/loss`` or ``eval/heldout/code/loss`` to steps, tokens and values (lists or
        arrays of one length), and optionally time in seconds since the epoch. Send many points at once.
        """
        plain = {
            name: {
                key: getattr(column, "tolist", lambda column=column: list(column))() for key, column in given.items()
            }
            for name, given in series.items()
        }
        return self._ask("POST", f"runs/{_id(run)}/metrics/", body={"series": plain})["added"]

    def end_run(self, run: Row, status: str = "succeeded", reason: str = "") -> Run:
        """Say how a run that was trained elsewhere ended: succeeded, failed or cancelled."""
        return self._made(f"runs/{_id(run)}/end/", Run, status=status, reason=reason)

    def control(self, run: Row) -> Run:
        """The re-warming control of a continuation: the run there is that repeats its schedule on the base's own mixture, else one that
        is queued now."""
        return records.of(Run, self._ask("POST", f"runs/{_id(run)}/control/"))

    def series(self, run: Row, names: Sequence[str], *, max_points: int = 1000, **more) -> dict[str, Series]:
        """Series by name (``eval/*`` stands for all below), thinned to ``max_points``. ``more``: axis, start, stop."""
        asked = query(names=",".join(names), max_points=max_points, **more)
        return {
            name: records.series(values) for name, values in self._ask("GET", f"runs/{_id(run)}/series/{asked}").items()
        }

    def meters(self, plan: Row, *, batch: int = 16, context: int = 128, scores: Row | None = None) -> dict:
        """The guideline meters of a finished plan in batches of ``batch`` sequences of ``context`` tokens, each with its reading;
        ``scores``: a score set to measure by instead of the streams' own."""
        asked = query(batch=batch, context=context, scores=scores and _id(scores))
        return self._ask("GET", f"plans/{_id(plan)}/meters/{asked}")

    # -- suites, evaluations --------------------------------------------------------------------------------------------

    def suites(self, project: Row) -> list[Suite]:
        return self._list(f"projects/{_id(project)}/suites/", Suite)

    def create_suite(
        self, project: Row, name: str, path: str | Path, method: str, *, params: Mapping | None = None
    ) -> Suite:
        """A suite of the questions in a JSON Lines file, asked as ``method`` says ("multiple_choice", "exact_match")."""
        asked = query(name=name, method=method, params=json.dumps(dict(params or {})))
        address = f"projects/{_id(project)}/suites/bring/{asked}"
        return records.of(Suite, self._ask("POST", address, data=Path(path).read_bytes()))

    def evaluate(
        self, run: Row, *, suites: Sequence[Row] = (), datasets: Sequence[Row] = (), weights: str = "last"
    ) -> Evaluation:
        """Queue questions to the run's last checkpoint: suites, and the held-out part of dataset versions.

        ``weights``: of its last step, or their average ("averaged") where the run keeps one.
        """
        asked = {"suites": [_id(row) for row in suites], "datasets": [_id(row) for row in datasets], "weights": weights}
        return self._made(f"runs/{_id(run)}/evaluations/", Evaluation, **asked)

    def evaluations(self, run: Row) -> list[Evaluation]:
        """The newest first."""
        return self._list(f"runs/{_id(run)}/evaluations/", Evaluation)

    # -- jobs ---------------------------------------------------------------------------------------------------------------

    def job(self, job: Row) -> Job:
        return records.of(Job, self._ask("GET", f"jobs/{_job_id(job)}/"))

    def cancel(self, job: Row) -> Job:
        """Cancel what makes a row (or a job): at once where it waits, else as soon as its worker has put it down."""
        return records.of(Job, self._ask("POST", f"jobs/{_job_id(job)}/cancel/"))

    def log(self, job: Row, after: int = 0) -> Iterator[str]:
        """What the work said so far, line by line."""
        while lines := (page := self._ask("GET", f"jobs/{_job_id(job)}/log/{query(after=after)}"))["lines"]:
            yield from (line["text"] for line in lines)
            after = page["after"]

    def wait(self, row: T, *, timeout: float | None = None, every: float = 2.0) -> T:
        """The row (or job) once its job has succeeded. ``Refused`` with the reason where it failed or was cancelled."""
        end = None if timeout is None else time.monotonic() + timeout
        while not (job := self.job(row)).is_over:
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"{job.title} is {job.status} after {timeout:g} s.")
            time.sleep(every)
        if job.status != "succeeded":
            raise Refused(f"{job.title} {job.status}: {job.reason}" if job.reason else f"{job.title} {job.status}.")
        if not isinstance(row, Job) and (address := records.ADDRESSES.get(type(row))):
            return records.of(type(row), self._ask("GET", f"{address}/{_id(row)}/"))
        return replace(row, job=job) if hasattr(row, "job") else job


def _id(row: Row) -> str:
    return str(getattr(row, "id", row))


def _job_id(row: Row) -> str:
    return _id(getattr(row, "job", row))

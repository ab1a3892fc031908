"""What differs between the documents of several runs, in words. Data named by digest or id are shown by their names."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from apps.datasets.models import DatasetVersion, Tokenizer
from apps.runs.models import Run
from apps.runs.selectors import document_of
from apps.scores.models import ScoreSet

#: paths that are said by rows of their own, or that say nothing about the training
_LEFT_OUT = ("format", "recipe.model.checkpoint", "recipe.evaluation.datasets")
_NAMED = re.compile(r"^(?:[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table: ``values`` one text per run, an empty one where the run has no such setting."""

    label: str
    values: list[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """``settings`` that differ, and how many are ``same`` in all runs."""

    settings: list[Setting]
    same: int


def differing(runs: list[Run]) -> Difference:
    """Settings that are not the same in all of ``runs``; at most three queries, however many runs there are."""
    flat = [_flat_run(run) for run in runs]
    named = {value for settings in flat for value in settings.values() if _NAMED.match(value)}
    names = _names_of(named, {run.project_id for run in runs})
    labels = list(dict.fromkeys(label for settings in flat for label in settings))
    rows = []
    for label in labels:
        values = [settings.get(label, "") for settings in flat]
        rows.append(
            Setting(label, [names.get(value, value[:12] if _NAMED.match(value) else value) for value in values])
        )
    different = [row for row in rows if len(set(row.values)) > 1]
    return Difference(different, len(rows) - len(different))


def _flat_run(run: Run) -> dict[str, str]:
    """{label: value} of a run's document, its curriculum and base by name first."""
    document = document_of(run)
    version = run.version
    settings = {
        "Curriculum": f"{version.curriculum.name}, version {version.number}",
        "Starts from": run.starts_from,
    }
    for i, phase in enumerate(document["curriculum"].get("phases", []), 1):
        where = f"Phase {i}"
        settings[f"{where} tokens"] = f"{phase['tokens']:,}"
        settings[f"{where} mixture"] = _method(phase.get("mixture"))
        for stream in phase["streams"]:
            inside = f"{where}, {stream['name']}"
            for key in ("dataset", "scores"):
                if stream.get(key):
                    settings[f"{inside}: {'scored by' if key == 'scores' else key}"] = str(stream[key])
            settings[f"{inside}: order"] = _method(stream.get("ordering") or {"method": "shuffle"})
            if stream.get("selection"):
                settings[f"{inside}: selection"] = _method(stream["selection"])
            for key in ("domains", "jitter_window", "jitter", "epochs", "exhausted"):
                if stream.get(key):
                    settings[f"{inside}: {key.replace('_', ' ')}"] = plain(stream[key])
    rest = {"tokenizer": document["curriculum"].get("tokenizer"), "recipe": document.get("recipe", {})}
    for path, value in _leaves(rest):
        if not path.startswith(_LEFT_OUT):
            settings[_label(path)] = "a local folder" if path == "recipe.model.folder" else plain(value)
    settings["Seed"] = str(document.get("seed", 0))
    return settings


def _leaves(node, path: str = ""):
    """(dotted path, value) of every leaf that has a value."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list) and any(isinstance(item, dict) for item in node):
        for i, value in enumerate(node):
            yield from _leaves(value, f"{path}.{i}")
    elif node is not None:
        yield path, node


def _label(path: str) -> str:
    """recipe.schedules.0.peak -> Schedule 1 peak"""
    words = []
    for part in path.removeprefix("recipe.").split("."):
        if part.isdigit():
            words[-1] = f"{words[-1].removesuffix('s')} {int(part) + 1}"
        else:
            words.append(part.replace("_", " "))
    return " ".join(words).capitalize()


def _method(call: dict | None) -> str:
    """A method with its parameters on one line: ``saw (layers 3, sections 3)``."""
    if not call:
        return ""
    parts = [f"{key} {plain(value)}" for key, value in sorted((call.get("params") or {}).items()) if value is not None]
    return f"{call['method']} ({', '.join(parts)})" if parts else call["method"]


def plain(value) -> str:
    """A value of a document, as tables and sentences have it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(plain(item) for item in value)
    return str(value)


def _names_of(keys: set[str], projects: set[UUID]) -> dict[str, str]:
    """What people call the rows that documents name by artifact digest (frozen) or by id (draft).

    Only rows of the runs' own projects: equal data in somebody else's project have a name that is none of ours.
    """
    digests = {key for key in keys if len(key) == 64}
    wanted = Q(artifact__digest__in=digests) | Q(pk__in={UUID(key) for key in keys - digests})
    versions = DatasetVersion.objects.filter(wanted, dataset__project__in=projects).select_related(
        "dataset", "artifact"
    )
    score_sets = ScoreSet.objects.filter(wanted, version__dataset__project__in=projects).select_related("artifact")
    tokenizers = Tokenizer.objects.filter(wanted, project__in=projects).select_related("artifact")
    rows = [(row, f"{row.dataset.name}, version {row.number}") for row in versions]
    rows += [(row, row.name) for row in [*score_sets, *tokenizers]]
    names = {str(row.pk): name for row, name in rows}
    return names | {row.artifact.digest: name for row, name in rows if row.artifact}

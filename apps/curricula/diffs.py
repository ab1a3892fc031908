"""What differs between two versions of a curriculum: setting by setting, in words, and in the samples that they hold."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError

from apps.accounts.models import Project
from apps.common import methods
from apps.common.templatetags.ui import percent, plain
from apps.curricula import order_diffs, order_pictures
from apps.curricula.choices import Choices, choices_of
from apps.curricula.mixtures import in_words, mixtures_of
from apps.curricula.models import CurriculumVersion

ABSENT = "—"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is not the same in both versions; a dash where a version has no such setting."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Diff:
    changes: list[Change]
    same: int


def diff(before: CurriculumVersion, after: CurriculumVersion, choices: Choices) -> Diff:
    """Streams are matched by their names within a phase, phases by their number."""
    old, new = _settings(before, choices), _settings(after, choices)
    labels = list(dict.fromkeys([*old, *new]))
    changes = [
        Change(label, old.get(label, ABSENT), new.get(label, ABSENT))
        for label in labels
        if old.get(label, ABSENT) != new.get(label, ABSENT)
    ]
    return Diff(changes, len(labels) - len(changes))


def compared(versions: list[CurriculumVersion], asked) -> dict:
    """``before``, ``after`` (see :func:`chosen`), their ``diff``, and what differs in their ``data``."""
    if not (pair := chosen(versions, asked)):
        return {}
    choices = choices_of(versions[0].curriculum.project)
    found = {"before": pair[0], "after": pair[1], "diff": diff(*pair, choices)}
    return found | {"data": order_diffs.data_diff(*pair, choices) if pair[0] != pair[1] else None}


def whole(before: CurriculumVersion, after: CurriculumVersion, choices: Choices) -> dict:
    """Settings and data together, as the API gives them."""
    settings, data = diff(before, after, choices), order_diffs.data_diff(before, after, choices)
    return {"changes": settings.changes, "same": settings.same, "moved": data.moved, "streams": data.streams}


def against(asked: str, draft: dict | None, project: Project, choices: Choices) -> dict:
    """What a draft that is being typed changes in the data of the version with the id ``asked``: ``version`` and ``data``.
    Empty where there is no such version, and while a part of the draft cannot be read."""
    if not draft or any(None in phase["streams"] for phase in draft["phases"]):
        return {}
    try:
        before = CurriculumVersion.objects.select_related("curriculum").get(curriculum__project=project, pk=asked)
    except (CurriculumVersion.DoesNotExist, ValidationError):
        return {}
    after = CurriculumVersion(number=before.curriculum.versions.count() + 1, draft=draft)
    return {"version": before, "data": order_diffs.data_diff(before, after, choices)}


def pictured(versions: list[CurriculumVersion], asked) -> dict:
    """The figure of the orders of both versions."""
    if not (pair := chosen(versions, asked)):
        return order_pictures.pictures(order_diffs.DataDiff([]), None, 0, 0)
    choices = choices_of(versions[0].curriculum.project)
    found = order_diffs.data_diff(*pair, choices)
    return order_pictures.pictures(found, choices, pair[0].number, pair[1].number)


def chosen(versions: list[CurriculumVersion], asked) -> tuple[CurriculumVersion, CurriculumVersion] | None:
    """The versions of the numbers ``from`` and ``to``, else the newest two, of versions in descending order."""
    if len(versions) < 2:
        return None
    by_number = {str(version.number): version for version in versions}
    after = by_number.get(asked.get("to", ""), versions[0])
    earlier = next((version for version in versions if version.number < after.number), versions[-1])
    return by_number.get(asked.get("from", ""), earlier), after


def _settings(version: CurriculumVersion, choices: Choices) -> dict[str, str]:
    """{label: value} of a version's draft with every default filled in."""
    draft, mixtures = version.draft, mixtures_of(version, choices)
    names = dict(choices.of_versions) | dict(choices.of_tokenizers)
    settings = {"Tokenizer": names.get(draft["tokenizer"], "no longer here")}
    for i, phase in enumerate(draft["phases"], 1):
        where = f"Phase {i}"
        settings |= {f"{where}: name": phase["name"], f"{where}: tokens": f"{phase['tokens']:,}"}
        mixture = in_words(phase.get("mixture") or {"method": "static"})
        settings[f"{where}: mixture"] = mixture["title"]
        settings |= {f"{where}: mixture, {p['title'].lower()}": plain(p["value"]) for p in mixture["params"]}
        shares = mixtures[i - 1].mean if mixtures[i - 1] else {}
        for stream in phase["streams"]:
            inside = f"{where}, stream {stream['name']}"
            settings[f"{inside}: share of tokens"] = percent(shares.get(stream["name"]))
            settings |= _stream(stream, inside, names, choices)
    return settings


def _stream(stream: dict, where: str, names: dict[str, str], choices: Choices) -> dict[str, str]:
    scores = dict(choices.of_scores(stream["dataset"])).get(stream.get("scores") or "", "none")
    settings = {
        f"{where}: data": names.get(stream["dataset"], "no longer here"),
        f"{where}: domains": ", ".join(stream.get("domains") or []) or "all",
        f"{where}: score set": scores,
        f"{where}: jitter window": plain(stream.get("jitter_window") or 0),
        f"{where}: jitter": stream.get("jitter") or "disjoint",
        f"{where}: passes at most": plain(stream.get("epochs")),
        f"{where}: when it runs out": stream.get("exhausted") or "repeat",
    }
    calls = {"selection": ("selections", stream.get("selection")), "order": ("orderings", stream.get("ordering"))}
    for word, (family, call) in calls.items():
        if not call:
            settings[f"{where}: {word}"] = "every sample" if word == "selection" else "Shuffle"
            continue
        method = methods.described(family, call["method"], call.get("params"))
        settings[f"{where}: {word}"] = method["title"]
        settings |= {f"{where}: {word}, {p['title'].lower()}": plain(p["value"]) for p in method["params"]}
    return settings

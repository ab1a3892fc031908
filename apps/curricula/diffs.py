"""What differs between two versions of a curriculum, setting by setting, in words."""

from dataclasses import dataclass

from apps.common import methods
from apps.common.templatetags.ui import percent, plain
from apps.curricula.choices import Choices, choices_of
from apps.curricula.models import CurriculumVersion
from apps.curricula.selectors import shares_of

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
    old, new = _settings(before.draft, choices), _settings(after.draft, choices)
    labels = list(dict.fromkeys([*old, *new]))
    changes = [
        Change(label, old.get(label, ABSENT), new.get(label, ABSENT))
        for label in labels
        if old.get(label, ABSENT) != new.get(label, ABSENT)
    ]
    return Diff(changes, len(labels) - len(changes))


def compared(versions: list[CurriculumVersion], asked) -> dict:
    """``before``, ``after`` and their ``diff``: the versions of the numbers ``from`` and ``to``, else the newest two."""
    if len(versions) < 2:
        return {}
    by_number = {str(version.number): version for version in versions}
    after = by_number.get(asked.get("to", ""), versions[0])
    earlier = next((version for version in versions if version.number < after.number), versions[-1])
    before = by_number.get(asked.get("from", ""), earlier)
    choices = choices_of(versions[0].curriculum.project)
    return {"before": before, "after": after, "diff": diff(before, after, choices)}


def _settings(draft: dict, choices: Choices) -> dict[str, str]:
    """{label: value} of a draft with every default filled in."""
    names = dict(choices.of_versions) | dict(choices.of_tokenizers)
    settings = {"Tokenizer": names.get(draft["tokenizer"], "no longer here")}
    for i, phase in enumerate(draft["phases"], 1):
        where = f"Phase {i}"
        settings |= {f"{where}: name": phase["name"], f"{where}: tokens": f"{phase['tokens']:,}"}
        mixture = phase.get("mixture") or {"method": "static"}
        settings[f"{where}: mixture"] = methods.described("mixing", mixture["method"], mixture.get("params"))["title"]
        shares = shares_of(mixture, [stream["name"] for stream in phase["streams"]])
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
        f"{where}: passes at most": plain(stream.get("epochs")),
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

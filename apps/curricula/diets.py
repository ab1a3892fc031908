"""What drafts of curricula have in common beyond their words: equal diets are eaten alike, sample by sample."""

import functools
import json
from contextlib import suppress

from apps.accounts.models import Project
from apps.curricula import services
from apps.curricula.models import CurriculumVersion
from gradatim import specs
from gradatim.errors import UserError

NAME_CHARACTERS = 110


def diet_of(draft: dict) -> tuple:
    """What is eaten, and when, with every default filled in; the phases' names do not matter."""
    phases = (_of_phase(json.dumps(phase | {"name": "any"}, sort_keys=True)) for phase in draft["phases"])
    return draft["tokenizer"], *phases, *([repr(draft["policy"])] if draft.get("policy") else [])


def versions_by_diet(project: Project) -> dict[tuple, CurriculumVersion]:
    """The oldest curriculum version of each diet that the project has; one whose document is refused by now is none."""
    rows = CurriculumVersion.objects.filter(curriculum__project=project).select_related("curriculum__project")
    found = {}
    for version in rows.order_by("created_at"):
        with suppress(UserError):
            found.setdefault(diet_of(version.draft), version)
    return found


def free_name(project: Project, wanted: str) -> str:
    """The name for a new curriculum, with a number behind it where the project has one of that name."""
    names, wanted = set(project.curricula.values_list("name", flat=True)), wanted[:NAME_CHARACTERS]
    return next(text for text in (wanted, *(f"{wanted} ({i})" for i in range(2, 10_000))) if text not in names)


@functools.lru_cache(maxsize=1024)  # drafts never change
def _of_phase(text: str) -> str:
    phase = json.loads(text)
    data = [(stream["dataset"], stream.get("scores")) for stream in phase["streams"]]
    for stream in phase["streams"]:
        stream["dataset"] = services.UNKNOWN
        stream["scores"] = services.UNKNOWN if stream.get("scores") else None
    frozen = specs.freeze(specs.parse(specs.Phase, phase))
    if weights := frozen["mixture"]["params"].get("weights"):  # they are relative: 3 and 1, or three quarters and one
        frozen["mixture"]["params"]["weights"] = {
            k: round(w / (sum(weights.values()) or 1), 9) for k, w in weights.items()
        }
    return repr((data, frozen))

"""Curriculum documents that come from elsewhere: data named by digest become the rows of a project that hold the same data."""

import yaml

from apps.accounts.models import Project
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.scores.models import ScoreSet
from gradatim import specs, yaml_text
from gradatim.errors import UserError

#: Characters; a document of a hundred streams has a tenth of them.
LONGEST = 400_000


class Unknown(UserError):
    """Data that a document names and the project does not have: ``faults`` holds one error each, the first is raised."""

    def __init__(self, faults: list[UserError]):
        super().__init__(faults[0].sentence, field=faults[0].field)
        self.faults = faults


#: What brings to a project what a document names: it has the same digest where it was made in the same way.
_MENDED_BY = {
    "tokenizer": "train it here on the same data, or upload its file if it was uploaded there",
    "dataset version": "register the same file here with the same fields",
    "score set of this dataset": "compute it here with the same settings, or bring the same scores",
}


def draft_of(text: str, project: Project) -> dict:
    """The draft of a YAML (or JSON) document; ``UserError`` where it is not a valid one, ``Unknown`` where data are missing."""
    if len(text) > LONGEST:
        raise UserError(f"This is longer than {LONGEST:,} characters: it is not a curriculum document.")
    _refuse_aliases(text)
    draft = specs.freeze(specs.parse(specs.Curriculum, yaml_text.load(text)))
    faults: list[UserError] = []
    tokenizers = Tokenizer.objects.filter(project=project)
    draft["tokenizer"] = _row(tokenizers, draft["tokenizer"], "tokenizer", "tokenizer", faults)
    for i, phase in enumerate(draft["phases"]):
        for j, stream in enumerate(phase["streams"]):
            _name_rows(stream, project, f"phases.{i}.streams.{j}", faults)
    if faults:
        raise Unknown(faults)
    return draft


def _name_rows(stream: dict, project: Project, where: str, faults: list[UserError]) -> None:
    versions = DatasetVersion.objects.filter(dataset__project=project)
    digest, scores = stream["dataset"], stream["scores"]
    if scores is not None:
        sets = ScoreSet.objects.filter(version__dataset__project=project, version__artifact__digest=digest)
        stream["scores"] = _row(sets, scores, "score set of this dataset", f"{where}.scores", faults)
        versions = versions.filter(score_sets=stream["scores"]) if stream["scores"] else versions
    stream["dataset"] = _row(versions, digest, "dataset version", f"{where}.dataset", faults)


def _row(rows, digest: str, kind: str, where: str, faults: list[UserError]) -> str | None:
    """The id of the newest row that holds the artifact ``digest``."""
    row = rows.filter(artifact__digest=digest).order_by("-created_at").first()
    if row is None:
        sentence = f"This project has no {kind} with the digest {digest[:12]}: {_MENDED_BY[kind]}."
        faults.append(UserError(sentence, field=where))
    return str(row.pk) if row else None


def _refuse_aliases(text: str) -> None:
    """A few lines of aliases can stand for gigabytes, and no exported document has any."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise UserError("A curriculum document has no YAML aliases: write the values out.")
    except yaml.YAMLError:
        return  # yaml_text says where

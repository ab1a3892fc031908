"""What a curriculum of a project may name: its dataset versions, their domains and score sets, and its tokenizers."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from apps.accounts.models import Project
from apps.common.templatetags.ui import score_name
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.scores.models import ScoreSet


@dataclass(frozen=True)
class Choices:
    """Rows by id, those that failed left out; three queries, however many there are."""

    versions: dict[str, DatasetVersion]
    score_sets: dict[str, ScoreSet]
    tokenizers: dict[str, Tokenizer]

    @cached_property
    def of_versions(self) -> list[tuple[str, str]]:
        return [(key, f"{row.dataset.name}, version {row.number}{_state(row)}") for key, row in self.versions.items()]

    @cached_property
    def of_tokenizers(self) -> list[tuple[str, str]]:
        return [(key, f"{row.name} ({row.vocab_size:,} tokens){_state(row)}") for key, row in self.tokenizers.items()]

    def of_scores(self, version: str) -> list[tuple[str, str]]:
        rows = {key: row for key, row in self.score_sets.items() if str(row.version_id) == version}
        return [(key, f"{score_name(row)}{_state(row)}") for key, row in rows.items()]

    def of_domains(self, version: str) -> list[tuple[str, str]]:
        """(name, name with its number of samples that are not held out), by name."""
        row = self.versions.get(version)
        domains = row.artifact.meta["domains"] if row and row.artifact else {}
        return [(name, f"{name} ({of['rows'] - of['held_out']:,})") for name, of in sorted(domains.items())]

    def samples_of(self, version: str, domains: Iterable[str] | None = None) -> int:
        """Samples of a dataset version that are not held out, of some domains or of all; 0 while nobody knows."""
        row = self.versions.get(version)
        known = row.artifact.meta["domains"] if row and row.artifact else {}
        return sum(known[name]["rows"] - known[name]["held_out"] for name in domains or known if name in known)


def choices_of(project: Project) -> Choices:
    versions = DatasetVersion.objects.filter(dataset__project=project).order_by("dataset__name", "-number")
    scores = ScoreSet.objects.filter(version__dataset__project=project)
    tokenizers = Tokenizer.objects.filter(project=project)
    return Choices(
        *(
            {str(row.pk): row for row in rows.select_related("job", "artifact") if row.artifact or not row.job.is_over}
            for rows in (versions.select_related("dataset"), scores, tokenizers)
        )
    )


def choices_among(rows: Iterable) -> Choices:
    """The choices that given rows are."""
    kinds = (DatasetVersion, ScoreSet, Tokenizer)
    rows = list(rows)
    return Choices(*({str(row.pk): row for row in rows if isinstance(row, kind)} for kind in kinds))


def _state(row) -> str:
    return "" if row.artifact else " (being made)"

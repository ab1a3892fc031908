"""What can be put into the trash: each kind with its model, its words, and where its page and its list are."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django.urls import reverse

from apps.accounts.models import Project
from apps.comparisons.models import Comparison
from apps.curricula.models import Curriculum
from apps.datasets.models import Dataset, Tokenizer
from apps.evaluations.models import Suite
from apps.runs.models import Run
from apps.scores.models import ScoreSet
from apps.trash import needs


@dataclass(frozen=True, slots=True)
class Kind:
    """``needs``: what still needs a row, in words. ``along``: what goes with it, for the page that asks."""

    name: str
    words: str
    model: type[Model]
    page: str
    pages: str
    needs: Callable[[Model], list[str]]
    along: str

    def page_of(self, row: Model) -> str:
        return reverse(self.page, args=[row.pk])

    def list_of(self, project: Project) -> str:
        return reverse(self.pages, args=[project.pk])

    def rows_of(self, project: Project) -> QuerySet:
        """Every row of the project, those in the trash included."""
        rows = self.model.with_trash.all()
        return rows.filter(**{rows.project_path: project})


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "dataset",
            "dataset",
            Dataset,
            "datasets:detail",
            "datasets:list",
            needs.of_dataset,
            "All its versions go with it, with their tokens, score sets and exports.",
        ),
        Kind(
            "tokenizer",
            "tokenizer",
            Tokenizer,
            "tokenizers:detail",
            "tokenizers:list",
            needs.of_tokenizer,
            "The tokens that were counted with it go with it.",
        ),
        Kind("score-set", "score set", ScoreSet, "scores:detail", "scores:list", needs.of_score_set, ""),
        Kind(
            "curriculum",
            "curriculum",
            Curriculum,
            "curricula:detail",
            "curricula:list",
            needs.of_curriculum,
            "All its versions and plans go with it.",
        ),
        Kind(
            "run",
            "run",
            Run,
            "runs:detail",
            "runs:list",
            needs.of_run,
            "Its series, checkpoint and certificate go with it. Saved comparisons show the others only.",
        ),
        Kind("suite", "suite", Suite, "evaluations:detail", "evaluations:list", needs.of_suite, ""),
        Kind(
            "comparison",
            "comparison",
            Comparison,
            "comparisons:detail",
            "comparisons:list",
            needs.of_comparison,
            "Its runs stay. Share links of it stay open until they are revoked.",
        ),
    )
}


def project_of(row: Model) -> Project:
    """The project that a row belongs to."""
    owner = row.version.dataset if isinstance(row, ScoreSet) else row
    return owner.project

"""What can be found: each kind with its table, the columns that are read, and where its page is."""

from dataclasses import dataclass

from django.db.models import Model
from django.urls import reverse

from apps.accounts.models import Project
from apps.common.methods import title_of
from apps.comparisons.models import Comparison
from apps.curricula.models import Curriculum
from apps.datasets.models import Dataset, Tokenizer
from apps.evaluations.models import Suite
from apps.jobs.models import Job
from apps.runs.models import Run
from apps.scores.models import ScoreSet
from apps.studies.models import Study
from gradatim import registry


@dataclass(frozen=True, slots=True)
class Kind:
    """``named`` is the column of its name, ``read`` the others that words are looked for in, ``project`` the way to the project's
    key. A page with no address of its own is an anchor on its project's list."""

    name: str
    words: str
    model: type[Model]
    page: str
    read: tuple[str, ...] = ()
    named: str = "name"
    project: str = "project_id"
    anchor: str = ""

    def title(self, name: str) -> str:
        """A score set that was given no name is called as its method is."""
        return title_of("scores", name) if self.name == "score-set" and name in registry.names("scores") else name

    def url(self, pk, project) -> str:
        if self.anchor:
            return f"{reverse(self.page, args=[project])}#{self.anchor}-{pk}"
        return reverse(self.page, args=[pk])


#: In the order in which they stand where none matches better than another.
KINDS = {
    kind.name: kind
    for kind in (
        Kind("project", "Projects", Project, "accounts:project", ("description",), project="id"),
        Kind("run", "Runs", Run, "runs:detail", ("notes",)),
        Kind("comparison", "Comparisons", Comparison, "comparisons:detail", ("question",)),
        Kind("study", "Studies", Study, "studies:list", ("question",), anchor="study"),
        Kind("dataset", "Datasets", Dataset, "datasets:detail", ("description",)),
        Kind("curriculum", "Curricula", Curriculum, "curricula:detail", ("description",)),
        Kind(
            "score-set",
            "Score sets",
            ScoreSet,
            "scores:detail",
            ("method", "version__dataset__name"),
            project="version__dataset__project_id",
        ),
        Kind("tokenizer", "Tokenizers", Tokenizer, "tokenizers:detail"),
        Kind("suite", "Suites", Suite, "evaluations:detail", ("method",)),
        Kind("job", "Jobs", Job, "jobs:detail", ("reason",), named="title"),
    )
}

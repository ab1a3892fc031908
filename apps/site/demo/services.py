"""Create the demo project and share its answer. Its jobs wait for each other in the database; no script waits."""

from django.db import transaction

from apps.accounts.models import Membership, Project, Role, User
from apps.comparisons.models import Comparison
from apps.curricula import services as curricula
from apps.curricula.models import CurriculumVersion
from apps.datasets import services as datasets
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.runs import services as runs
from apps.runs.models import Run
from apps.scores import services as scores
from apps.scores.models import ScoreSet
from apps.shares import services as shares
from apps.site.demo import spec


@transaction.atomic
def create_demo(*, by: User, sizes: spec.Sizes | None = None) -> Project:
    """The user's demo project, with everything queued; the one there is when there is one already."""
    User.objects.select_for_update().get(pk=by.pk)
    found = Project.objects.visible_to(by).filter(is_demo=True).first()
    if found:
        return found
    project = Project.objects.create(name=spec.PROJECT, description=spec.DESCRIPTION, is_demo=True)
    Membership.objects.create(project=project, user=by, role=Role.OWNER)
    Builder(project, by, sizes or spec.sizes_here()).build()
    return project


def share(*, project: Project, by: User) -> str:
    """A new share link of the demo's first comparison: its address, which cannot be shown again."""
    comparison = project.comparisons.order_by("created_at").first()
    _, url = shares.create_share(
        project=project,
        title=comparison.name,
        question=comparison.question,
        runs=comparison.runs,
        view=comparison.view,
        by=by,
    )
    return url


def still_opens(*, project: Project, path: str) -> bool:
    """Whether a share link's path, as :func:`share` gave it, still opens something of this project."""
    link = shares.find_share(token=path.rstrip("/").rpartition("/")[2])
    return link is not None and link.project_id == project.pk


class Builder:
    """Queues the demo's work in the order in which it is worth watching: the base first, the arms as soon as it is there."""

    def __init__(self, project: Project, by: User, sizes: spec.Sizes):
        self.project, self.by, self.sizes = project, by, sizes

    def build(self) -> None:
        sizes = self.sizes
        prose, code = self.import_part("prose"), self.import_part("code")
        tokenizer = datasets.train_tokenizer(
            project=self.project, name="Prose and code", versions=[prose, code], vocab_size=sizes.vocabulary, by=self.by
        )
        parts, both = {"prose": prose, "code": code}, [prose, code]
        mixed = self.curriculum("Base mixture", tokenizer, parts, spec.BASE_MIXTURE, sizes.base_steps)
        base = self.run("Base: 62 % prose, 38 % code", mixed, both, peak=spec.BASE_PEAK, every=50)
        easy_first = self.score_code(code, tokenizer, base)
        for version in both:
            for method in ("length", "compression_ratio"):
                scores.create_score_set(version=version, method=method, by=self.by)

        alone = self.curriculum("Code alone", tokenizer, {"code": code}, {"code": 1.0}, sizes.arm_steps)
        replay = self.curriculum(
            "Code with 25 % prose replayed", tokenizer, parts, spec.REPLAY_MIXTURE, sizes.arm_steps
        )
        again = self.curriculum("Base mixture again", tokenizer, parts, spec.BASE_MIXTURE, sizes.arm_steps)
        arms = [
            self.run("Code alone", alone, both, base=base, peak=spec.ARM_PEAK),
            self.run("Code + 25 % prose", replay, both, base=base, peak=spec.ARM_PEAK),
            self.run("Control: base mixture again", again, both, base=base, peak=spec.ARM_PEAK),
        ]
        self.compare("The cost of a shift to code", spec.QUESTION, arms)

        only = {"code": code}, {"code": 1.0}, sizes.order_steps
        shuffled = self.curriculum("Code in random order", tokenizer, *only)
        sawed = self.curriculum("Code by SAW, easy first", tokenizer, *only, scores=easy_first)
        orders = [
            self.run("Fresh: random order", shuffled, both, peak=spec.BASE_PEAK, every=50),
            self.run("Fresh: SAW, easy first", sawed, both, peak=spec.BASE_PEAK, every=50),
        ]
        self.compare("Random order or SAW", spec.ORDER_QUESTION, orders)

    def import_part(self, part: str) -> DatasetVersion:
        described = {
            "prose": ("Python's prose", "Docstrings outside the test packages, and the language's help topics."),
            "code": ("Python's code", "The standard library's source without docstrings, comments and tests."),
        }
        name, description = described[part]
        return datasets.import_dataset(
            project=self.project,
            name=name,
            source={"kind": "python_library", "part": part, "one_in": getattr(self.sizes, f"one_in_{part}")},
            by=self.by,
            description=description,
            licence="PSF-2.0",
        )

    def score_code(self, code: DatasetVersion, tokenizer: Tokenizer, base: Run) -> ScoreSet:
        return scores.create_score_set(
            version=code,
            method="perplexity",
            name="Perplexity under the base",
            params=spec.perplexity(self.sizes),
            tokenizer=tokenizer,
            checkpoint_of=base,
            by=self.by,
        )

    def curriculum(
        self,
        name: str,
        tokenizer: Tokenizer,
        parts: dict[str, DatasetVersion],
        mixture: dict[str, float],
        steps: int,
        scores: ScoreSet | None = None,
    ) -> CurriculumVersion:
        streams = []
        for stream, version in parts.items():
            entry = {"name": stream, "dataset": str(version.pk), "ordering": {"method": "shuffle"}}
            if scores:
                entry |= {"scores": str(scores.pk), "ordering": spec.SAW}
            streams.append(entry)
        phase = {
            "name": "main",
            "tokens": steps * self.sizes.step,
            "streams": streams,
            "mixture": {"method": "static", "params": {"weights": mixture}},
        }
        draft = {"tokenizer": str(tokenizer.pk), "phases": [phase]}
        return curricula.create_curriculum(project=self.project, name=name, draft=draft, by=self.by)

    def run(
        self,
        name: str,
        version: CurriculumVersion,
        measured: list[DatasetVersion],
        *,
        peak: float,
        every: int = 20,
        base: Run | None = None,
    ) -> Run:
        return runs.create_run(
            name=name,
            version=version,
            recipe=spec.recipe(self.sizes, peak=peak, fresh=base is None, every=every),
            seed=spec.ARM_SEED if base else spec.BASE_SEED,
            by=self.by,
            base=base,
            evaluated_on=measured,
        )

    def compare(self, name: str, question: str, compared: list[Run]) -> Comparison:
        return Comparison.objects.create(
            project=self.project,
            name=name,
            question=question,
            runs=[str(run.pk) for run in compared],
            created_by=self.by,
        )

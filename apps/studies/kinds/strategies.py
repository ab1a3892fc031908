"""Which strategy keeps what was learned while new data are learned well? Continual training on the best part of the new data, repeated, in a mixture like
that of pre-training, against the new data as they are, with replay, and the re-warming control.

The strategies are those of Guo et al. 2024 (arXiv 2406.14833), as far as one score set carries them: II, the best part by a quality score (the lowest
perplexity), in several passes; III, old data in the shares that the base ended with, drawn anew for every pass. Strategy I alone, a random part in
several passes, is not among the arms. Every run has the same budget.
"""

from dataclasses import dataclass

from django import forms

from apps.accounts.models import Project
from apps.common.templatetags.ui import score_name
from apps.runs import controls
from apps.runs.models import Run
from apps.scores.models import ScoreSet
from apps.studies import asked, continuing
from apps.studies.designs import Arm, Design
from apps.studies.fields import OWN_BASES, ShareField, StudyForm
from gradatim.errors import UserError
from gradatim.params import param

title = "Strategies against a gap"
SEEDS = [1, 2, 3]


@dataclass(frozen=True, slots=True)
class Params:
    base: str = param(help="The run that is gone on from, by its id: it is trained.")
    scores: str = param(help="A score set of the new data that tells good from bad, by its id.")
    tokens: int = param(
        help="Tokens a run: about one pass of the new data, so that the best quarter is passed four times.",
        gt=0,
        le=asked.MOST_TOKENS,
    )
    best: float = param(0.25, help="The share of the new samples that counts as the best.", gt=0, lt=1)
    replay: float = param(0.1, help="The share of old data where it is replayed at random.", gt=0, lt=1)
    mixture: float = param(0.18, help="The share of old data in the mixture like that of pre-training.", gt=0, lt=1)
    seeds: list[int] = param(SEEDS, help="One run a seed and arm.")
    recipe: dict | None = param(
        None, help="A recipe document for one phase, without a model; none: the base's own, up to half its peak."
    )
    recipe_of: str | None = param(None, help="The run whose recipe is taken, by its id, instead.")
    bases: list[str] = param(
        [],
        help="Several bases of one setting, by their ids: one a seed, in the order of the seeds; base is one of them.",
    )
    own_bases: bool = param(
        False, help="Each seed from its own base: base, and trained runs that differ from it in their seed alone."
    )
    suites: list[str] = param([], help="Suites of questions that every run is asked, by their ids.")


def design(project: Project, params: Params) -> Design:
    begun = continuing.begun(project, params)
    base, suites = begun.base, asked.suites_of(project, params.suites)
    scores = asked.row_of(asked.score_sets_of(project), params.scores, "scores")
    if scores.artifact.meta["higher_means"] == "neutral":
        raise UserError(
            f"{score_name(scores)} does not say which samples are better: choose another score set.", field="scores"
        )
    recipe = asked.recipe_of(project, params.recipe, params.recipe_of, asked.gentler(base.recipe))
    asked.enough(params.tokens, asked.parsed(recipe))
    name = scores.version.dataset.name
    stored = begun.stored | asked.stored_suites(suites) | {"scores": str(scores.pk), "recipe": recipe}
    stored |= {key: getattr(params, key) for key in ("tokens", "best", "replay", "mixture")}
    return Design(
        project=project,
        arms=(*_arms(base, scores, name, params, recipe), continuing.control(begun, params.tokens, recipe)),
        seeds=begun.seeds,
        measured=continuing.measured_on(base, [scores.version]),
        name=f"Strategies: {begun.called}, then {name}",
        question=f"Which strategy loses least of what {begun.called} knew while it learns {name}?",
        params=stored,
        suites=suites,
        bases=begun.bases,
    )


def judging(project: Project):
    """Score sets that tell good from bad."""
    return asked.score_sets_of(project).exclude(artifact__meta__higher_means="neutral")


def _arms(base: Run, scores: ScoreSet, name: str, params: Params, recipe: dict) -> list[Arm]:
    whole, old = continuing.new_stream(base, scores.version), continuing.old_streams(base, scores.version, "scores")
    best = whole | {"scores": str(scores.pk), "selection": _selection(scores, params.best)}
    part = whole | {"selection": {"method": "random_share", "params": {"ratio": params.best}}}
    good, some = f"best {_share(params.best)}", f"{_share(params.replay)} random replay"
    by_size = _by_size(base, old)
    diets = [
        ("as they are", _mixed([], whole, {}, 0.0)),
        (some, _mixed(old, whole, by_size, params.replay)),
        (f"random {_share(params.best)}", _mixed([], part, {}, 0.0)),
        (good, _mixed([], best, {}, 0.0)),
        (f"{good}, {some}", _mixed(old, best, by_size, params.replay)),
        (f"{good}, {_share(params.mixture)} as in pre-training", _drawn_anew(old, best, params.mixture)),
    ]
    tokenizer = base.version.draft["tokenizer"]
    return [
        Arm(
            name=f"{name}, {words}",
            curriculum=f"{name} after {base.version.curriculum.name}: {words}, {params.tokens:,} tokens",
            draft={"tokenizer": tokenizer, "phases": [{"name": "main", "tokens": params.tokens} | diet]},
            recipe=recipe,
            base=base,
        )
        for words, diet in diets
    ]


def _mixed(old: list[tuple[dict, float]], new: dict, shares: dict[str, float], rate: float) -> dict:
    """Old data, walked through from pass to pass, beside the new."""
    weights = {name: rate * share for name, share in shares.items()} | {new["name"]: 1 - rate}
    return _phase(old, new, {"method": "static", "params": {"weights": weights}})


def _drawn_anew(old: list[tuple[dict, float]], new: dict, rate: float) -> dict:
    """Old data in the base's shares, of which every pass of the new data brings others."""
    names = [stream["name"] for stream, _ in old]
    weights = {stream["name"]: share for stream, share in old} | {new["name"]: 1.0}
    params = {"weights": weights, "rate": rate, "replayed": names, "draw": "anew"}
    return _phase(old, new, {"method": "replay", "params": params})


def _phase(old: list[tuple[dict, float]], new: dict, mixture: dict) -> dict:
    return {"streams": [*(stream for stream, _ in old), new], "mixture": mixture}


def _by_size(base: Run, old: list[tuple[dict, float]]) -> dict[str, float]:
    """What a random draw of all old samples gives of each stream; the base's shares where its plan does not say the sizes."""
    sizes = controls.planned_sizes(base) or {}
    names = [stream["name"] for stream, _ in old]
    total = sum(sizes.get(name, 0) for name in names)
    if not total or not all(sizes.get(name) for name in names):
        return {stream["name"]: share for stream, share in old}
    return {name: sizes[name] / total for name in names}


def _selection(scores: ScoreSet, share: float) -> dict:
    """Of a score that says how hard samples are the lowest count as the best: those of the lowest perplexity."""
    keep = "highest" if scores.artifact.meta["higher_means"] in ("better", "easier") else "lowest"
    return {"method": "top_r", "params": {"ratio": share, "keep": keep}}


def _share(share: float) -> str:
    return f"{100 * share:.4g} %"


class Form(StudyForm):
    base = forms.ModelChoiceField(queryset=None, label="Go on from", empty_label=None)
    scores = forms.ModelChoiceField(
        queryset=None,
        label="New data, judged by",
        empty_label=None,
        help_text="The lowest perplexity counts as the best.",
    )
    tokens = forms.IntegerField(
        label="Tokens a run",
        min_value=1,
        max_value=asked.MOST_TOKENS,
        initial=200_000,
        help_text="About one pass of the new data: the best quarter of them is then passed four times.",
    )
    own_bases = OWN_BASES
    best = ShareField(label="Best part", initial=0.25, help_text="Per cent of the new samples.")
    replay = ShareField(label="Random replay", initial=0.1, help_text="Per cent of a run's tokens.")
    mixture = ShareField(label="Old data as in pre-training", initial=0.18, help_text="Per cent of a run's tokens.")
    field_order = ("base", "scores", "tokens", "best", "replay", "mixture", "seeds", "recipe_of", "own_bases", "suites")

    lacking = (
        "This study goes on from a trained run with data that a score set judges, and this project has not both yet.",
        "scores:list",
        "Go to the score sets",
    )

    @classmethod
    def possible(cls, project: Project) -> bool:
        return asked.bases_of(project).exists() and judging(project).exists()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.choose("base", asked.bases_of(self.project), lambda run: run.name)
        self.choose("scores", judging(self.project), asked.judged)

    def start(self) -> dict:
        """About one pass of the new data, where they were tokenized with the base's tokenizer."""
        values = super().start()
        base, scores = (self.fields[name].queryset.first() for name in ("base", "scores"))
        tokens = asked.one_pass(scores.version_id, base.version.draft["tokenizer"])
        return values | ({"tokens": tokens} if tokens else {})

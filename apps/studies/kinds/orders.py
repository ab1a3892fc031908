"""Does the order of the data help, and does the learning rate let it? One dataset in several orders by one score, each under a rate that decays to 0
and under one that decays gently, with random order beside them.

The best or hardest data come last: where a higher score is worse or easier, orders run downwards. Orders are those with published settings
(:mod:`gradatim.order_presets`); the gentle decay ends at a third of the peak (:mod:`gradatim.guard_rails`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms

from apps.accounts.models import Project
from apps.common.templatetags.ui import score_name
from apps.curricula import services as curricula
from apps.datasets.models import Tokenizer
from apps.jobs.models import Status
from apps.runs.guard_rails import gentle_floor
from apps.runs.models import Run
from apps.runs.recipe_fields import PEAK
from apps.scores.models import ScoreSet
from apps.studies import asked
from apps.studies.designs import Arm, Design
from apps.studies.fields import StudyForm
from gradatim import order_presets
from gradatim.errors import UserError
from gradatim.params import param
from gradatim.presets import PRESETS

title = "Orders and decay"
RANDOM = "random"
#: Orders that can run downwards, too.
ORDERS = {RANDOM: "Random order"} | {
    name: preset.title for name, preset in order_presets.PRESETS.items() if preset.ordering != "segment"
}
CHOSEN = [RANDOM, "cl", "fo-5", "str-paper", "saw-paper"]
DECAYS = {"cosine": "cosine to 0", "gentle": "gentle decay", "wsd": "WSD"}
SEEDS = [1, 2, 3]


@dataclass(frozen=True, slots=True)
class Params:
    scores: str = param(help="The score set that the orders are made by, by its id; its dataset is learned.")
    tokens: int = param(
        help="Tokens a run: about one pass of the data, or an order is cut short.", gt=0, le=asked.MOST_TOKENS
    )
    base: str | None = param(None, help="The run that is gone on from, by its id; none: fresh weights.")
    tokenizer: str | None = param(None, help="The tokenizer of fresh weights, by its id.")
    model: str = param(next(iter(PRESETS)), help="The preset of fresh weights.")
    orders: list[str] = param(CHOSEN, help="Names of order presets, and random.")
    decays: list[str] = param(
        ["cosine", "gentle"],
        help="cosine (to 0), gentle (to a third of the peak); wsd is for the random order alone, as its own best schedule.",
    )
    seeds: list[int] = param(SEEDS, help="One run a seed, order and decay.")
    recipe: dict | None = param(None, help="A recipe document for one phase; its schedule gives peak and warm-up.")
    recipe_of: str | None = param(None, help="The run whose recipe is taken, by its id, instead.")
    suites: list[str] = param([], help="Suites of questions that every run is asked, by their ids.")


def design(project: Project, params: Params) -> Design:
    scores = asked.row_of(asked.score_sets_of(project), params.scores, "scores")
    base = asked.base_of(project, params.base) if params.base else None
    suites = asked.suites_of(project, params.suites)
    tokenizer = base.version.draft["tokenizer"] if base else _tokenizer(project, params)
    seeds, orders, decays = (
        asked.seeds_of(params.seeds),
        _known(params.orders, ORDERS, "orders"),
        _known(params.decays, DECAYS, "decays"),
    )
    fresh = {"schedules": [{"peak": PEAK, "warmup": 0.04}]}
    recipe = asked.recipe_of(project, params.recipe, params.recipe_of, asked.gentler(base.recipe) if base else fresh)
    if not base:
        recipe |= {"model": {"preset": _known([params.model], PRESETS, "model")[0]}}
    asked.enough(params.tokens, asked.parsed(recipe))
    name = scores.version.dataset.name
    arms = [
        _arm(name, scores, tokenizer, order, decay, params.tokens, recipe, base)
        for order in orders
        for decay in decays
        if decay != "wsd" or order == RANDOM
    ]
    if not arms:
        raise UserError("WSD is for the random order: choose that, or another decay.", field="decays")
    learned = [*(curricula.datasets_of(base.version) if base else []), scores.version]
    stored = {
        "scores": str(scores.pk),
        "tokens": params.tokens,
        "orders": orders,
        "decays": decays,
        "seeds": list(seeds),
    }
    stored |= {"recipe": {key: value for key, value in recipe.items() if key != "model"}}
    stored |= {"base": str(base.pk)} if base else {"tokenizer": tokenizer, "model": params.model}
    return Design(
        project=project,
        arms=tuple(arms),
        seeds=seeds,
        measured=tuple({row.pk: row for row in learned}.values()),
        name=f"Orders of {name} by {score_name(scores).lower()}",
        question=f"Does an order by {score_name(scores).lower()} help to learn {name}, and does the decay of the learning rate take that away?",
        params=stored | asked.stored_suites(suites),
        suites=suites,
    )


def tokenizers_of(project: Project):
    return Tokenizer.objects.filter(project=project).exclude(job__status__in=[Status.FAILED, Status.CANCELLED])


def _tokenizer(project: Project, params: Params) -> str:
    if not params.tokenizer:
        raise UserError("Fresh weights need a tokenizer: choose one, or a run to go on from.", field="tokenizer")
    return str(asked.row_of(tokenizers_of(project), params.tokenizer, "tokenizer").pk)


def _known(names: Sequence[str], known: dict, field: str) -> list[str]:
    """In the order of those that there are, so that what is asked in another order is the same study."""
    if wrong := [name for name in names if name not in known] or not names:
        said = f"There is no {wrong[0]!r} here" if names else "Choose at least one"
        raise UserError(f"{said}; there are: {', '.join(known)}.", field=field)
    return [name for name in known if name in names]


def _arm(
    data: str, scores: ScoreSet, tokenizer: str, order: str, decay: str, tokens: int, recipe: dict, base: Run | None
) -> Arm:
    stream = {"name": "data", "dataset": str(scores.version_id)} | _ordered(scores, order)
    phase = {"name": "main", "tokens": tokens, "streams": [stream], "mixture": {"method": "static"}}
    by = "" if order == RANDOM else f" by {score_name(scores).lower()}"
    return Arm(
        name=f"{ORDERS[order]}, {DECAYS[decay]}",
        curriculum=f"{data}: {ORDERS[order]}{by}, {tokens:,} tokens",
        draft={"tokenizer": tokenizer, "phases": [phase]},
        recipe=recipe | {"schedules": [_schedule(recipe["schedules"][0], decay)]},
        base=base,
    )


def _ordered(scores: ScoreSet, order: str) -> dict:
    """What a stream says of its order; random data look at no scores."""
    if order == RANDOM:
        return {"ordering": {"method": "shuffle"}}
    preset = order_presets.PRESETS[order]
    down = {"descending": True} if scores.artifact.meta["higher_means"] in ("worse", "easier") else {}
    domains = scores.version.artifact.meta["domains"].values()
    window = preset.window(sum(of["rows"] - of["held_out"] for of in domains))
    said = {"scores": str(scores.pk), "ordering": {"method": preset.ordering, "params": preset.params | down}}
    return said | ({"jitter_window": window} if window else {})


def _schedule(given: dict, decay: str) -> dict:
    """Peak and warm-up as given, another way down."""
    kept = {key: given[key] for key in ("peak", "warmup") if key in given}
    if decay == "wsd":
        return {"shape": "wsd", "decay": 0.2, **kept}
    floor = gentle_floor(asked.peak_of(given)) if decay == "gentle" else 0.0
    return {"shape": "cosine", "floor": floor, **kept}


class Form(StudyForm):
    scores = forms.ModelChoiceField(
        queryset=None, label="Orders by", empty_label=None, help_text="The dataset of this score set is learned."
    )
    base = forms.ModelChoiceField(queryset=None, required=False, label="Go on from", empty_label="Fresh weights")
    tokenizer = forms.ModelChoiceField(queryset=None, required=False, label="Tokenizer", help_text="Of fresh weights.")
    model = forms.ChoiceField(
        choices=[(name, name) for name in PRESETS], required=False, label="Model", help_text="Of fresh weights."
    )
    tokens = forms.IntegerField(
        label="Tokens a run",
        min_value=1,
        max_value=asked.MOST_TOKENS,
        initial=200_000,
        help_text="About one pass: an order that is cut short is not that order.",
    )
    orders = forms.MultipleChoiceField(
        choices=list(ORDERS.items()), initial=CHOSEN, label="Orders", widget=forms.CheckboxSelectMultiple
    )
    decays = forms.MultipleChoiceField(
        choices=[
            ("cosine", "Cosine to 0"),
            ("gentle", "Cosine to a third of the peak"),
            ("wsd", "WSD, for the random order alone: its own best schedule"),
        ],
        initial=["cosine", "gentle"],
        label="Decay of the learning rate",
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ("scores", "base", "tokenizer", "model", "tokens", "seeds", "recipe_of", "orders", "decays", "suites")

    lacking = ("Orders are made by a score set, and this project has none yet.", "scores:list", "Go to the score sets")
    like = "Its own: peak 3e-3, or half of the base’s"

    @classmethod
    def possible(cls, project: Project) -> bool:
        return asked.score_sets_of(project).exists()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.choose("scores", asked.score_sets_of(self.project), asked.judged)
        self.choose("base", asked.bases_of(self.project), lambda run: run.name)
        self.choose("tokenizer", tokenizers_of(self.project), lambda row: row.name)

    def start(self) -> dict:
        """The newest tokenizer, and about one pass where the data were tokenized with it."""
        values, scores = super().start(), self.fields["scores"].queryset.first()
        if first := self.fields["tokenizer"].queryset.order_by("-created_at").first():
            values["tokenizer"] = str(first.pk)
            values["tokens"] = asked.one_pass(scores.version_id, first.pk) or values["tokens"]
        return values

"""What does going on with new data cost, and how much of the old data has to be replayed? From one trained model, several shares of replay, each
under the same seeds; beside them the re-warming control, which goes on with the old data alone.

The old data are the streams with which the base ended, less the new data where they were among them, in the shares that they ended with, each in
random order. Every run has the same budget: what is replayed is taken from the new data.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django import forms

from apps.accounts.models import Project
from apps.datasets.models import DatasetVersion
from apps.runs.models import Run
from apps.studies import asked, continuing
from apps.studies.designs import Arm, Design
from apps.studies.fields import OWN_BASES, SharesField, StudyForm
from gradatim.errors import UserError
from gradatim.params import param

title = "Replay after a shift"
RATES = [0.0, 0.125, 0.25, 0.5]
SEEDS = [1, 2, 3]


@dataclass(frozen=True, slots=True)
class Params:
    base: str = param(help="The run that is gone on from, by its id: it is trained.")
    dataset: str = param(help="The dataset version that is new, by its id.")
    tokens: int = param(help="Tokens a run.", gt=0, le=asked.MOST_TOKENS)
    rates: list[float] = param(RATES, help="Shares of the tokens that are replayed, from 0 to below 1.")
    seeds: list[int] = param(SEEDS, help="One run a seed and share.")
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
    new = asked.row_of(asked.versions_of(project), params.dataset, "dataset")
    rates = rates_of(params.rates)
    recipe = asked.recipe_of(project, params.recipe, params.recipe_of, asked.gentler(base.recipe))
    asked.enough(params.tokens, asked.parsed(recipe))
    name = f"{new.dataset.name} version {new.number}" if new.number > 1 else new.dataset.name
    arms = [_arm(base, new, name, rate, params.tokens, recipe) for rate in rates]
    return Design(
        project=project,
        arms=(*arms, continuing.control(begun, params.tokens, recipe)),
        seeds=begun.seeds,
        measured=continuing.measured_on(base, [new]),
        name=f"Replay: {begun.called}, then {name}",
        question=f"What did going on with {name} cost, and how much did it help to replay the old data?",
        params=begun.stored
        | asked.stored_suites(suites)
        | {"dataset": str(new.pk), "tokens": params.tokens, "rates": list(rates), "recipe": recipe},
        suites=suites,
        bases=begun.bases,
    )


def rates_of(rates: Sequence[float]) -> tuple[float, ...]:
    """Each once, the smallest first: it is what the others are compared with."""
    if not rates or not all(0 <= rate < 1 for rate in rates):
        raise UserError("Shares of replay are numbers from 0 to below 1: 0.25 is 25 %.", field="rates")
    rates = tuple(sorted(set(rates)))
    if same := next((_share(rate) for rate, more in pairwise(rates) if _share(rate) == _share(more)), None):
        raise UserError(f"Two shares are both {same} when they are rounded: leave one out.", field="rates")
    return rates


def _share(rate: float) -> str:
    """As arms are named: what is the same here is one arm to who reads."""
    return f"{100 * rate:.4g} %"


def _arm(base: Run, new: DatasetVersion, name: str, rate: float, tokens: int, recipe: dict) -> Arm:
    share = _share(rate)
    old = f"{name} with {share} of {base.version.curriculum.name} replayed" if rate else f"{name} alone"
    streams, weights = mixed(base, new, rate)
    mixture = {"method": "static", "params": {"weights": weights}}
    phase = {"name": "main", "tokens": tokens, "streams": streams, "mixture": mixture}
    draft = {"tokenizer": base.version.draft["tokenizer"], "phases": [phase]}
    return Arm(f"{name}, {share} replay", f"{old}, {tokens:,} tokens", draft, recipe, base)


def mixed(base: Run, new: DatasetVersion, rate: float) -> tuple[list[dict], dict[str, float]]:
    """The streams of the new and of the replayed data with their weights."""
    old = continuing.old_streams(base, new) if rate else []
    own = continuing.new_stream(base, new)
    weights = {stream["name"]: rate * share for stream, share in old}
    return [*(stream for stream, _ in old), own], weights | {own["name"]: 1 - rate}


class Form(StudyForm):
    base = forms.ModelChoiceField(queryset=None, label="Go on from", empty_label=None)
    dataset = forms.ModelChoiceField(queryset=None, label="New data", empty_label=None)
    tokens = forms.IntegerField(label="Tokens a run", min_value=1, max_value=asked.MOST_TOKENS, initial=200_000)
    own_bases = OWN_BASES
    rates = SharesField(label="Replayed", initial=RATES, help_text="Per cent of a run's tokens, with commas between.")
    field_order = ("base", "dataset", "tokens", "rates", "seeds", "recipe_of", "own_bases", "suites")

    lacking = (
        "This study goes on from a trained run, and this project has none yet.",
        "runs:list",
        "Go to the runs",
    )

    @classmethod
    def possible(cls, project: Project) -> bool:
        return asked.bases_of(project).exists()

    def start(self) -> dict[str, str]:
        """Data that the base does not know, where there are any."""
        values = super().start()
        known = json.dumps(self.fields["base"].queryset.first().version.draft)
        new = next((row for row in self.fields["dataset"].queryset if str(row.pk) not in known), None)
        return values | ({"dataset": str(new.pk)} if new else {})

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.choose("base", asked.bases_of(self.project), lambda run: run.name)
        versions = asked.versions_of(self.project)
        self.choose("dataset", versions, lambda row: f"{row.dataset.name}, version {row.number}")

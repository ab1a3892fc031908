"""What a study will take before it is begun: the runs that are there already, and what the others cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.curricula.choices import choices_of
from apps.curricula.models import CurriculumVersion
from apps.curricula.outlook import outlook_of
from apps.datasets.models import Tokenizer
from apps.runs import forecast as runs
from apps.studies.designs import Cell, Design, cells_of
from gradatim import specs


@dataclass(frozen=True, slots=True)
class ArmForecast:
    """``there`` of its runs are there already, ``made`` have to be trained, of ``tokens`` each."""

    name: str
    there: int
    made: int
    tokens: int
    steps: int


@dataclass(frozen=True, slots=True)
class StudyForecast:
    """``tokens``, ``steps`` and ``seconds`` (None: nothing was measured) are those of all runs that are made, one after the other.

    ``said``: what the curricula repeat or run out of.
    """

    arms: list[ArmForecast]
    tokens: int
    steps: int
    seconds: float | None
    speed: runs.Speed | None
    parameters: int | None
    said: list[str]

    @property
    def made(self) -> int:
        return sum(arm.made for arm in self.arms)

    @property
    def there(self) -> int:
        return sum(arm.there for arm in self.arms)


def forecast_of(design: Design, cells: Sequence[Cell] | None = None) -> StudyForecast:
    cells = cells_of(design) if cells is None else cells
    by_arm: dict[str, list[Cell]] = {}
    for cell in cells:
        by_arm.setdefault(cell.arm.name, []).append(cell)
    choices, arms, spent, said = choices_of(design.project), [], [], []
    for name, own in by_arm.items():
        one, sentences = _of_run(own[0], choices)
        made = sum(cell.run is None for cell in own)
        arms.append(ArmForecast(name, len(own) - made, made, one.tokens, one.steps))
        if made:
            spent.append((made, one))
            said += sentences
    seconds = [None if one.seconds is None else made * one.seconds for made, one in spent]
    return StudyForecast(
        arms=arms,
        tokens=sum(made * one.tokens for made, one in spent),
        steps=sum(made * one.steps for made, one in spent),
        seconds=None if None in seconds else sum(seconds),
        speed=spent[0][1].speed if spent else None,
        parameters=spent[0][1].parameters if spent else None,
        said=list(dict.fromkeys(said)),
    )


def _of_run(cell: Cell, choices) -> tuple[runs.Forecast, tuple[str, ...]]:
    arm = cell.arm
    outlook = outlook_of(CurriculumVersion(draft=arm.draft), choices)
    phases = [phase | {"tokens": n} for phase, n in zip(arm.draft["phases"], outlook.tokens, strict=True)]
    recipe = specs.parse(specs.Recipe, arm.recipe | ({"model": {"checkpoint": "0" * 64}} if arm.base else {}))
    entries = 0 if arm.base else Tokenizer.objects.get(pk=arm.draft["tokenizer"]).vocab_size
    parameters = runs.parameters_of(arm.recipe.get("model"), arm.base, entries)
    return runs.forecast(phases=phases, recipe=recipe, parameters=parameters), outlook.said

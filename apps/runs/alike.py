"""When two runs are the same run once more: same project, base, seed, recipe and diet. Names and evaluation data do not matter."""

import functools
import json

from apps.curricula import services as curricula
from apps.curricula.diets import diet_of
from apps.jobs.models import Status
from apps.runs import services
from apps.runs.models import Run
from gradatim import specs
from gradatim.errors import UserError


def facts_of(run: Run, draft: dict | None = None) -> tuple:
    """Equal for runs of which one would repeat the other; with ``draft`` as if that were the run's curriculum."""
    return facts(run.project_id, run.base_id, run.seed, run.recipe, draft or run.version.draft)


def facts(project_id, base_id, seed: int, recipe: dict, draft: dict) -> tuple:
    model = {"model": {"checkpoint": curricula.UNKNOWN} | services.weights_in(recipe)} if base_id else {}
    return project_id, base_id, seed, _in_full(json.dumps(recipe | model, sort_keys=True)), _diet(draft)


def counts(run: Run) -> bool:
    """Whether it came to its end, or may still."""
    return run.job.status not in (Status.FAILED, Status.CANCELLED)


# A document that is refused by now, and was not once, is like nothing but itself.


@functools.lru_cache(maxsize=1024)
def _in_full(recipe: str) -> str:
    try:
        return specs.parse(specs.Recipe, json.loads(recipe)).model_dump_json()
    except UserError:
        return recipe


def _diet(draft: dict) -> tuple:
    try:
        return diet_of(draft)
    except UserError:
        return (json.dumps(draft, sort_keys=True),)

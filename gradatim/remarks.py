"""What is worth knowing before an ordering is used: of the scores that it looks at, and of its own settings."""

from types import ModuleType
from typing import Any

from gradatim import score_check
from gradatim.types import OrderContext, Remark


def of_ordering(module: ModuleType, context: OrderContext, params: Any) -> list[Remark]:
    """Nothing is put in order for it; fields are the method's parameters, ``scores`` or ``domains``."""
    found = []
    needs_scores = getattr(module, "needs_scores", None)
    if context.scores is not None and (needs_scores is None or needs_scores(params)):
        found = [Remark(sentence, "scores") for sentence in score_check.check(context.scores).sentences]
    return found + (module.remarks(context, params) if hasattr(module, "remarks") else [])

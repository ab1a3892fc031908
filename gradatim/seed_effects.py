"""What another seed changed in a run, said from the runs' own documents: the base, the initial weights, the order of the data.

An interval over seeds holds for what the seeds changed and for nothing else: where all runs start from one base, nothing is known of
other bases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BASE, WEIGHTS, ORDER = "the base", "the initial weights", "the order of the data"
_STAYED = {
    BASE: "all start from the same base, so this holds given that base",
    WEIGHTS: "the initial weights are the same",
    ORDER: "the order of the data is the same",
}


@dataclass(frozen=True, slots=True)
class SeedEffects:
    """Of the parts that a seed can change, which differ and which are the same in runs of one setting."""

    changed: tuple[str, ...]
    same: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if not self.changed:
            return "The seed changed nothing: these are repetitions of one run."
        text = f"The seed changed {' and '.join(self.changed)}"
        return "; ".join([text, *(_STAYED[part] for part in self.same)]) + "."


def effects(documents: Sequence[dict], consumed: Sequence[str]) -> SeedEffects:
    """``documents`` are frozen runs that differ in their seed alone, or in that of their bases. ``consumed``: a digest each of what entered
    training in which order (the certificate's), empty where it is not known; then another seed counts as another order. Of runs without a model, which were
    trained elsewhere, nothing is said about the weights."""
    models = [document.get("recipe", {}).get("model") or {} for document in documents]
    reseeded = len({document.get("seed", 0) for document in documents}) > 1
    parts = {}
    if all(model.get("checkpoint") for model in models):
        parts[BASE] = len({model["checkpoint"] for model in models}) > 1
    elif all(models):  # fresh weights are drawn from the seed, those of a folder are what they are
        parts[WEIGHTS] = reseeded and any(model.get("preset") for model in models)
    parts[ORDER] = len(set(consumed)) > 1 if all(consumed) else reseeded
    changed = tuple(part for part, differs in parts.items() if differs)
    return SeedEffects(changed, tuple(part for part in parts if part not in changed))

"""What a run is measured on while it trains, and when: held-out text of every domain, and suites of questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gradatim.corpora.store import Dataset
from gradatim.corpora.tokenizers import Tokenizer
from gradatim.corpora.tokens import Tokens
from gradatim.events import Note
from gradatim.questions import open_suite
from gradatim.training import evaluate

if TYPE_CHECKING:
    import torch
    from torch import nn

    from gradatim import specs
    from gradatim.artifacts import Stored
    from gradatim.packing import Stretch
    from gradatim.plans import Plan
    from gradatim.training.average import Average
    from gradatim.types import Inputs


class Measuring:
    """Opened before there is a model, which comes with :meth:`begin`."""

    def __init__(self, recipe: specs.Recipe, plan: Plan, inputs: Inputs, tokenizer: Stored):
        self.recipe, self.spec = recipe, recipe.evaluation
        digests = self.spec.datasets or list(dict.fromkeys(stream["dataset"] for stream in plan.streams))
        sources = []
        for digest in digests:
            stored = inputs.get("dataset", digest)
            tokens = Tokens(inputs.find("tokens", dataset=digest, tokenizer=tokenizer.digest).path)
            sources.append((Dataset(stored.path), tokens))
        self.domains = evaluate.held_out(sources, windows=self.spec.windows, context=recipe.context)
        self.suites = {name: open_suite(inputs.get("suite", d).path) for name, d in self.spec.suites.items()}
        self.tokenizer = Tokenizer(tokenizer.path) if self.suites else None

    def notes(self) -> Iterator[Note]:
        for domain in self.domains:
            if not domain.usable:
                yield Note(f"The domain {domain.name} is not evaluated: it has no held-out text.", "warning")

    def begin(self, model: nn.Module, average: Average, device: torch.device) -> None:
        from gradatim.training import step

        self.model, self.average, self.device = model, average, device
        self.losses = step.token_losses(model, self.recipe.precision)

    def due(self, step: int, phase: Stretch) -> bool:
        """After update ``step`` of a phase: densely from its start on, then at the wider cadence, and always where it ends."""
        since = step - phase.first
        every = self.spec.dense_every if since <= self.spec.dense_until else self.spec.every
        return since % every == 0 or step == phase.stop

    def held_out(self) -> dict[str, float]:
        """The losses on held-out text, of the average of the weights beside those of the last ones."""
        self.model.eval()
        values = self._held_out("eval")
        if self.average.weights:
            with self.average.in_place():
                values |= self._held_out(evaluate.AVERAGED)
        self.model.train()
        return values

    def questions_due(self, step: int, phase: Stretch) -> bool:
        return bool(self.suites) and ((step - phase.first) % self.spec.suites_every == 0 or step == phase.stop)

    def answered(self, should_stop: Callable[[], bool]) -> dict[str, float]:
        """What the suites' questions score; raises ``Stopped`` in the middle of them on request."""
        from gradatim.training import suites

        self.model.eval()
        asking = suites.Asking(
            self.tokenizer,
            self.model,
            self.losses,
            context=self.recipe.context,
            batch_size=self.spec.batch_size,
            device=self.device,
            precision=self.recipe.precision,
            should_stop=should_stop,
        )
        values = {}
        for name, suite in self.suites.items():
            values |= suites.metrics(name, asking.scores(suite))
        self.model.train()
        return values

    def _held_out(self, root: str) -> dict[str, float]:
        within = self.recipe.attention == "within_samples"
        how = {"batch_size": self.spec.batch_size, "device": self.device, "within_samples": within}
        losses = evaluate.evaluate(self.losses, self.domains, **how)
        return evaluate.metrics(self.spec.suite, self.domains, losses, root)

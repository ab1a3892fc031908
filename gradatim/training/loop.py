"""The training loop: one curriculum, one recipe, one seed, told as events.

Steps count updates from 1; a metric of step s that is measured on a batch (loss, learning rate, gradient norm) is that of
update s and has the tokens seen before it, an evaluation of step s comes after update s. In eager mode on a CPU a run is bit
for bit the same whether or not it was interrupted, and with any number of threads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from gradatim import specs
from gradatim.events import Artifact, Event, Metric, Note, Progress, Resumed, Weights
from gradatim.mixtures import planned_until
from gradatim.seeds import Seed
from gradatim.types import Inputs, Stopped, never

if TYPE_CHECKING:
    from gradatim.packing import Stretch
    from gradatim.plans import Plan

#: Updates between two reports of speed.
SPEED_EVERY = 10


def train(
    run: specs.Run, inputs: Inputs, out: Path, previous: tuple[Path, ...] = (), should_stop: Callable[[], bool] = never
) -> Iterator[Event]:
    """Train ``run`` on the artifacts at hand and announce ``out/checkpoint`` and ``out/certificate``.

    ``inputs`` hold the curriculum's plan under the run's seed, the tokenizer, the tokens of every stream's dataset, the
    datasets and tokens to evaluate on (by default the curriculum's own), and the checkpoint to start from, if any.
    ``previous`` are output folders of earlier attempts: the newest whole state in them is where this one goes on.
    Raises ``UserError`` for what the user can mend, ``Stopped`` on request, ``FloatingPointError`` where the loss or
    the gradient is no number.
    """
    yield Note("Training starts: reading plan and data.")
    trainer = _Trainer(run, inputs, Path(out))
    with ExitStack() as stack:
        yield from trainer.prepare(stack, previous)
        yield from trainer.learn(should_stop)
        yield from trainer.finish()


class _Trainer:
    """The parts of one run that live as long as it does."""

    def __init__(self, run: specs.Run, inputs: Inputs, out: Path):
        from gradatim.plans import Plan

        self.run, self.recipe, self.inputs, self.out = run, run.recipe, inputs, out
        self.digest = specs.digest_of(run)
        self.plan: Plan = Plan(inputs.find("plan", curriculum=specs.digest_of(run.curriculum), seed=run.seed).path)
        self.tokenizer = inputs.get("tokenizer", run.curriculum.tokenizer)
        self.step = 0
        self.consumed = np.zeros(len(self.plan.streams), np.int64)

    @property
    def size(self) -> int:
        """Tokens of one update."""
        return self.recipe.batch_size * self.recipe.context

    def prepare(self, stack: ExitStack, previous: tuple[Path, ...]) -> Iterator[Event]:
        """Open the data, build or restore the model, and put the process in the recipe's mode."""
        from gradatim import schedules
        from gradatim.corpora.tokens import Tokens
        from gradatim.training.average import Average
        from gradatim.training.batches import Batches
        from gradatim.training.certificate import Certificate

        recipe, tokenizer = self.recipe, self.tokenizer.digest
        stores = {s["dataset"] for s in self.plan.streams}
        self.tokens = {d: Tokens(self.inputs.find("tokens", dataset=d, tokenizer=tokenizer).path) for d in stores}
        self.batches = Batches(self.plan, self.tokens, batch_size=recipe.batch_size, context=recipe.context)
        for phase in self.batches.phases:
            if phase.short:
                yield Note(f"Phase {phase.name} ends after {phase.steps} steps, where its samples end.", "warning")
        self.courses = schedules.courses(recipe.schedules, [phase.steps for phase in self.batches.phases])
        yield from self._open_evaluation()
        # A GPU's matrix products are deterministic only with a workspace that is set before its first use.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        import torch

        from gradatim.training import models, step

        self.device = step.choose_device()
        stack.enter_context(step.determinism(recipe.deterministic, self.device))
        vocab_size = self.tokenizer.meta["vocab_size"]
        model = models.build(
            recipe.model, vocab_size=vocab_size, context=recipe.context, seed=self.run.seed, inputs=self.inputs
        )
        models.check_tokenizer(recipe.model, self.tokenizer.path, self.inputs)
        self.model = step.place(model, self.device, recipe.precision)
        self.average = Average(self.model, recipe.averaging, self.batches.steps)
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = step.optimizer_for(self.model, recipe.optimizer)
        self.loss = step.mean_loss(self.model, recipe.precision)
        if recipe.compile:
            self.loss = step.compiled(self.loss)
        self.losses = step.token_losses(self.model, recipe.precision)
        torch.manual_seed(Seed(self.run.seed).child("training").value)
        self.certificate = Certificate(self.plan)
        yield Note(self._mode(models.parameter_count(model)))
        yield from self._resume(previous)

    def learn(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """All updates that are left, with evaluations and checkpoints where they are due."""
        # After a resume this repeats an evaluation, or makes up for one that a stop has cut off.
        if self.step == 0 or self._evaluation_due():
            yield from self._evaluate()
        if self.step == 0 or self._questions_due():
            yield from self._ask(should_stop)
        saved, measured, started = self.step, self.step, perf_counter()
        while self.step < self.batches.steps:
            phase = self.batches.phase_of(self.step)
            if self.step == phase.first and self.recipe.schedules[phase.index].optimizer == "fresh":
                self.optimizer.state.clear()  # AdamW makes its moments and its count of updates anew
                yield Note(f"Phase {phase.name} begins with a fresh state of the optimizer.")
            values = self._update(phase)
            if self.step - measured >= SPEED_EVERY:
                values["train/tokens_per_second"] = (self.step - measured) * self.size / (perf_counter() - started)
                measured, started = self.step, perf_counter()
            yield Metric(self.step, (self.step - 1) * self.size, values)
            yield Progress(self.step, self.batches.steps, "steps", phase.name)
            last = self.step == self.batches.steps
            if should_stop() and not last:
                self._save()
                raise Stopped
            paused = perf_counter()
            if self._evaluation_due():
                yield from self._evaluate()
            if self._questions_due():
                yield from self._ask(should_stop)
            if self.step - saved >= self.recipe.checkpoint_every and not last:
                self._save()
                saved = self.step
            started += perf_counter() - paused

    def finish(self) -> Iterator[Event]:
        """Write the model, compare what was consumed with the plan, and announce both."""
        from gradatim.training import certificate, checkpoint, models

        yield Note("Training is done: comparing what was consumed with the plan.")
        expected = certificate.planned(self.plan, self.tokens, size=self.size)
        difference = certificate.compare(self.certificate.steps, expected)
        stored = certificate.write(self.out / "certificate", self.certificate.steps, difference)
        meta = {
            "step": self.step,
            "tokens": self.step * self.size,
            "run": self.digest,
            "final": True,
            "parameters": models.parameter_count(self.model),
            "tokenizer": self.tokenizer.digest,
            "context": self.recipe.context,
        }
        if self.average.weights:
            meta["averaged"] = self.recipe.averaging.model_dump() | {"weights": self.average.count(self.step)}
        tokenizer, averaged = self.tokenizer.path / "tokenizer.json", self.average.weights
        model = checkpoint.write_model(self.out / "checkpoint", self.model, tokenizer, meta, averaged)
        text = "Consumed = planned." if difference is None else f"What was consumed differs from step {difference} on."
        level = "info" if difference is None else "warning"
        yield Note(text, level, {"certificate": certificate.verdict(self.certificate.steps, difference)})
        yield Artifact("certificate", "certificate", stored.digest, stored.meta)
        yield Artifact("checkpoint", "checkpoint", model.digest, model.meta)

    def _update(self, phase: Stretch) -> dict[str, float]:
        """One update and what was measured; ``FloatingPointError`` before it where its loss or gradient is no number."""
        import torch

        from gradatim.training import step

        batch = self.batches.batch(self.step)
        input_ids = torch.from_numpy(batch.input_ids).to(self.device, non_blocking=True)
        rate = self.courses[phase.index].rate(self.step, rows=self.recipe.batch_size, size=self.size)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self.loss(input_ids, step.targets_of(input_ids))
        loss.backward()
        norm = torch.nn.utils.get_total_norm([p.grad for p in self.parameters if p.grad is not None])
        if self.recipe.optimizer.clip is not None:
            torch.nn.utils.clip_grads_with_norm_(self.parameters, self.recipe.optimizer.clip, norm)
        values = {"train/loss": loss.item(), "train/lr": rate, "train/grad_norm": norm.item()}
        for name in ("train/loss", "train/grad_norm"):
            if not math.isfinite(values[name]):
                what = "loss" if name == "train/loss" else "gradient's norm"
                raise FloatingPointError(
                    f"The {what} of step {self.step + 1} is {values[name]}: lower the peak learning rate, "
                    "warm up for longer, or clip gradients."
                )
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        # What is certified is the tensor that the model was given, not what the loader meant to give it.
        self.certificate.update(input_ids.cpu().numpy(), batch.samples)
        self.consumed += np.bincount(self.plan.stream[batch.samples.reshape(-1)], minlength=len(self.consumed))
        self.step += 1
        self.average.take(self.step)
        return values

    def _evaluation_due(self) -> bool:
        """Densely from the start of every phase on, then at the wider cadence, and always where a phase ends."""
        phase, cadence = self.batches.phase_of(self.step - 1), self.recipe.evaluation
        since = self.step - phase.first
        every = cadence.dense_every if since <= cadence.dense_until else cadence.every
        return since % every == 0 or self.step == phase.stop

    def _evaluate(self) -> Iterator[Event]:
        from gradatim.training import evaluate

        self.model.eval()
        values = self._measured("eval")
        if self.average.weights:
            with self.average.in_place():
                values |= self._measured(evaluate.AVERAGED)
        self.model.train()
        yield Metric(self.step, self.step * self.size, values)
        if self.step:
            yield self._weights(self.batches.phase_of(self.step - 1))

    def _questions_due(self) -> bool:
        phase = self.batches.phase_of(self.step - 1)
        every = self.recipe.evaluation.suites_every
        return (self.step - phase.first) % every == 0 or self.step == phase.stop

    def _ask(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """The suites of questions; a stop in the middle of them is one after the update."""
        from gradatim.training import suites

        spec = self.recipe.evaluation
        if not self.suites:
            return
        self.model.eval()
        asking = suites.Asking(
            self.suites_tokenizer,
            self.model,
            self.losses,
            context=self.recipe.context,
            batch_size=spec.batch_size,
            device=self.device,
            precision=self.recipe.precision,
            should_stop=should_stop,
        )
        values = {}
        try:
            for name, suite in self.suites.items():
                values |= suites.metrics(name, asking.scores(suite))
        except Stopped:
            self._save()
            raise
        self.model.train()
        yield Metric(self.step, self.step * self.size, values)

    def _measured(self, root: str) -> dict[str, float]:
        from gradatim.training import evaluate

        spec = self.recipe.evaluation
        losses = evaluate.evaluate(self.losses, self.domains, batch_size=spec.batch_size, device=self.device)
        return evaluate.metrics(spec.suite, self.domains, losses, root)

    def _weights(self, phase: Stretch) -> Weights:
        """Planned and consumed shares of a phase's streams, over the phase so far."""
        indices = [i for i, stream in enumerate(self.plan.streams) if stream["phase"] == phase.index]
        names = [self.plan.streams[i]["name"] for i in indices]
        total = int(self.consumed[indices].sum()) or 1
        consumed = {name: int(self.consumed[i]) / total for name, i in zip(names, indices, strict=True)}
        about = self.plan.phases[phase.index]
        progress = (self.step - phase.first) * self.size / about["budget_tokens"]
        weights = planned_until(about.get("planned") or [about["weights"]], progress)
        planned = {name: float(weights[name]) for name in names}
        return Weights(self.step, self.step * self.size, planned, consumed)

    def _open_evaluation(self) -> Iterator[Event]:
        from gradatim.corpora.store import Dataset
        from gradatim.corpora.tokenizers import Tokenizer
        from gradatim.corpora.tokens import Tokens
        from gradatim.questions import open_suite
        from gradatim.training import evaluate

        spec, tokenizer = self.recipe.evaluation, self.tokenizer.digest
        digests = spec.datasets or list(dict.fromkeys(stream["dataset"] for stream in self.plan.streams))
        sources = []
        for digest in digests:
            stored = self.inputs.get("dataset", digest)
            tokens = Tokens(self.inputs.find("tokens", dataset=digest, tokenizer=tokenizer).path)
            sources.append((Dataset(stored.path), tokens))
        self.domains = evaluate.held_out(sources, windows=spec.windows, context=self.recipe.context)
        for domain in self.domains:
            if not domain.usable:
                yield Note(f"The domain {domain.name} is not evaluated: it has no held-out text.", "warning")
        self.suites = {name: open_suite(self.inputs.get("suite", d).path) for name, d in spec.suites.items()}
        self.suites_tokenizer = Tokenizer(self.tokenizer.path) if self.suites else None

    def _mode(self, parameters: int) -> str:
        """What a reader needs to know to repeat the run's numbers."""
        import torch

        mode = "compiled" if self.recipe.compile else "eager"
        exact = "deterministic kernels" if self.recipe.deterministic else "kernels as they come"
        if self.recipe.deterministic and self.device.type != "cpu":
            exact += " where the GPU has them"
        where = f"{torch.get_num_threads()} CPU threads" if self.device.type == "cpu" else "one GPU"
        return (
            f"Training {parameters:,} weights for {self.batches.steps:,} steps of {self.size:,} tokens on {where}, "
            f"{self.recipe.precision}, {mode}, {exact}."
        )

    def _resume(self, previous: tuple[Path, ...]) -> Iterator[Event]:
        from gradatim.training import certificate, checkpoint

        folder = checkpoint.newest_resume(previous, self.digest)
        if folder is None:
            return
        place = checkpoint.read_resume(folder, self.model, self.optimizer)
        self.average.restore(checkpoint.read_averaged(folder))
        self.step = place.step
        self.consumed = np.array(place.consumed, np.int64)
        self.certificate = certificate.Certificate(self.plan, place.certificate)
        yield Resumed(self.step, self.step * self.size)
        yield Progress(self.step, self.batches.steps, "steps", self.batches.phase_of(self.step).name)

    def _save(self) -> None:
        from gradatim.training import checkpoint

        place = checkpoint.Resume(self.step, self.digest, self.consumed.tolist(), self.certificate.steps)
        checkpoint.write_resume(self.out, place, self.model, self.optimizer, self.average.weights)

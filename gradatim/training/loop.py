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
        from gradatim.training.measuring import Measuring

        recipe, tokenizer = self.recipe, self.tokenizer.digest
        stores = {s["dataset"] for s in self.plan.streams}
        self.tokens = {d: Tokens(self.inputs.find("tokens", dataset=d, tokenizer=tokenizer).path) for d in stores}
        shape = {"batch_size": recipe.batch_size, "context": recipe.context}
        self.batches = Batches(self.plan, self.tokens, **shape, loss_on=recipe.loss_on)
        for phase in self.batches.phases:
            if phase.short:
                yield Note(f"Phase {phase.name} ends after {phase.steps} steps, where its samples end.", "warning")
        self.courses = schedules.courses(recipe.schedules, [phase.steps for phase in self.batches.phases])
        self.measuring = Measuring(recipe, self.plan, self.inputs, self.tokenizer)
        yield from self.measuring.notes()
        # A GPU's matrix products are deterministic only with a workspace that is set before its first use.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        import torch

        from gradatim.training import mode, models, step

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
        self.within = recipe.attention == "within_samples"
        if self.within:
            step.check_within(self.model, recipe.context)
        self.partial = self.within or recipe.loss_on == "answers"
        self.loss = step.mean_loss(self.model, recipe.precision, partial=self.partial, eager=not recipe.compile)
        if recipe.compile:
            self.loss = step.compiled(self.loss)
        self.measuring.begin(self.model, self.average, self.device)
        torch.manual_seed(Seed(self.run.seed).child("training").value)
        self.certificate = Certificate(self.plan)
        count = models.parameter_count(model)
        yield Note(mode.in_words(recipe, self.device, parameters=count, steps=self.batches.steps))
        if recipe.loss_on == "answers" and not self.batches.prompted:
            yield Note("No sample of the plan's datasets has a prompt: the loss counts every token.", "warning")
        yield from self._resume(previous)

    def learn(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """All updates that are left, with evaluations and checkpoints where they are due."""
        # After a resume this repeats an evaluation, or makes up for one that a stop has cut off.
        yield from self._measure(should_stop)
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
            yield from self._measure(should_stop)
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

        from gradatim.training.rows import IGNORED, rows_of

        batch = self.batches.batch(self.step)
        samples = batch.samples if self.within else None
        rows = rows_of(batch.input_ids, self.device, answers=batch.answers, samples=samples)
        rate = self.courses[phase.index].rate(self.step, rows=self.recipe.batch_size, size=self.size)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self.loss(*rows)
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
        self.certificate.update(rows.input_ids.cpu().numpy(), batch.samples)
        self.consumed += np.bincount(self.plan.stream[batch.samples.reshape(-1)], minlength=len(self.consumed))
        self.step += 1
        self.average.take(self.step)
        if self.partial:
            values["train/loss_tokens"] = predicted = int((rows.targets != IGNORED).sum())
            if not predicted:  # only the optimizer's memory and weight decay moved the weights
                del values["train/loss"]
        return values

    def _measure(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """What is due after the update at hand, or before the first."""
        phase = self.batches.phase_of(max(0, self.step - 1))
        if self.step == 0 or self.measuring.due(self.step, phase):
            yield Metric(self.step, self.step * self.size, self.measuring.held_out())
            if self.step:
                yield self._weights(phase)
        if self.measuring.questions_due(self.step, phase):
            try:
                yield Metric(self.step, self.step * self.size, self.measuring.answered(should_stop))
            except Stopped:  # a stop in the middle of them is one after the update
                self._save()
                raise

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
        yield Progress(self.step, self.batches.steps, "steps", self.batches.phase_of(max(0, self.step - 1)).name)

    def _save(self) -> None:
        from gradatim.training import checkpoint

        place = checkpoint.Resume(self.step, self.digest, self.consumed.tolist(), self.certificate.steps)
        checkpoint.write_resume(self.out, place, self.model, self.optimizer, self.average.weights)

"""Training tokens a second: our loop, against the Hugging Face Trainer on the same model, batches, optimizer and settings.

Both train a fresh Llama of the same weights on the same windows in the same order, AdamW at a constant rate, gradients clipped at 1,
each in a process of its own, rounds taking turns. Speed is between the ends of step --warm-up and of the last, by each process's own clock. The
losses of every step have to agree. The Trainer needs accelerate, which nothing else here does:

    pip install --no-deps --target .cache/trainer -r requirements/trainer.txt
    python -m benchmarks.training --trainer .cache/trainer [--steps 60] [--rounds 3] [--precision bf16] [--compile]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import measuring
from benchmarks.corpora import corpus


class Shape(NamedTuple):
    vocabulary: int
    context: int
    batch: int
    preset: str = "llama-1m"


SHAPES = (Shape(8192, 256, 8), Shape(2048, 64, 16), Shape(4096, 128, 16))
RATE, WEIGHT_DECAY, BETA2, CLIP = 1e-3, 0.1, 0.95, 1.0
#: At a vocabulary of 8,192, and in any shape.
GOALS = {8192: 1.2}
SLOWEST = 0.95
APART = {"fp32": 2e-4, "bf16": 5e-2}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainer", type=Path, required=True, help="folder into which accelerate was installed")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=10, help="first steps, which are not timed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()
    rows, promises = [], []
    for shape in SHAPES:
        with tempfile.TemporaryDirectory(prefix="gradatim-benchmark-") as folder:
            prepare(Path(folder), shape, args)
            pairs = [
                (run(ours, Path(folder), shape, args), run(theirs, Path(folder), shape, args))
                for _ in range(args.rounds)
            ]
        fast = [own["rate"] / peer["rate"] for own, peer in pairs]
        ratio = statistics.median(fast)
        apart = max(float(np.abs(np.subtract(own["losses"], peer["losses"])).max()) for own, peer in pairs)
        rates = [f"{statistics.median(pair[k]['rate'] for pair in pairs):,.0f}" for k in (0, 1)]
        name = f"{shape.vocabulary:,} × {shape.context} × {shape.batch}"
        rows.append([name, *rates, f"{ratio:.2f}", f"{min(fast):.2f}–{max(fast):.2f}", f"{apart:.1e}"])
        goal = GOALS.get(shape.vocabulary, SLOWEST)
        promises.append((f"{name}: at least {goal} times the Trainer's speed", ratio >= goal))
        promises.append(
            (f"{name}: every step's loss the same to {APART[args.precision]:g}", apart < APART[args.precision])
        )
    head = ["vocabulary × context × rows", "gradatim, tokens/s", "Trainer", "ratio", "of rounds", "loss apart"]
    measuring.table(head, rows)
    return measuring.verdict(promises)


def prepare(folder: Path, shape: Shape, args) -> None:
    """The corpus, our run's document and its plan; the windows that the plan gives, for the Trainer."""
    from gradatim import curriculum, specs
    from gradatim.artifacts import read
    from gradatim.corpora.tokens import Tokens
    from gradatim.plans import Plan
    from gradatim.training.batches import Batches
    from gradatim.types import Inputs

    wanted = shape.batch * shape.context * args.steps
    dataset, tokenizer, tokens = corpus(folder, np.full(1 + int(1.2 * wanted) // 200, 200), shape.vocabulary)
    stream = {"name": "all", "dataset": dataset.digest}
    document = {
        "curriculum": {
            "tokenizer": tokenizer.digest,
            "phases": [{"name": "main", "tokens": wanted, "streams": [stream], "mixture": {"method": "static"}}],
        },
        "recipe": {
            "model": {"preset": shape.preset},
            "schedules": [{"shape": "constant", "peak": RATE, "warmup": 0}],
            "optimizer": {"weight_decay": WEIGHT_DECAY, "beta2": BETA2, "clip": CLIP},
            "batch_size": shape.batch,
            "context": shape.context,
            "precision": args.precision,
            "compile": args.compile,
            "evaluation": {"windows": 1, "dense_until": 0, "every": 1_000_000},
            "checkpoint_every": 1_000_000,
        },
        "seed": 0,
    }
    document["curriculum"]["phases"][0]["mixture"] = {"method": "static", "params": {"weights": {"all": 1}}}
    run = specs.parse(specs.Run, document)
    inputs = Inputs([dataset, tokenizer, tokens])
    *_, made = curriculum.resolve(run.curriculum, run.seed, inputs, folder)
    (folder / "run.json").write_text(json.dumps(document))
    (folder / "plan-at").write_text(made.path)
    batches = Batches(
        Plan(read(folder / made.path).path),
        {dataset.digest: Tokens(tokens.path)},
        batch_size=shape.batch,
        context=shape.context,
    )
    np.save(folder / "windows.npy", np.concatenate([batches.batch(k).input_ids for k in range(args.steps)]))


def run(way, folder: Path, shape: Shape, args) -> dict:
    """``way`` in a process of its own: tokens a second and the loss of every step."""
    given = {"steps": args.steps, "warm_up": args.warm_up, "precision": args.precision, "compile": args.compile}
    code = f"from benchmarks import training; training.{way.__name__}({str(folder)!r}, {shape!r}, {given!r})"
    path = os.pathsep.join([str(measuring.ROOT), *([str(args.trainer.resolve())] if way is theirs else [])])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": str(args.threads), "OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-c", f"from benchmarks.training import Shape; {code}"]
    result = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{way.__name__} failed:\n{result.stderr[-2000:]}")
    return json.loads((folder / f"{way.__name__}.json").read_text())


def ours(folder: str, shape: Shape, given: dict) -> None:
    from gradatim import specs
    from gradatim.events import Metric
    from gradatim.training.loop import train
    from gradatim.types import Inputs

    folder = Path(folder)
    names = ["dataset", "tokenizer", "tokens", (folder / "plan-at").read_text()]
    inputs = Inputs.from_folders([folder / name for name in names])
    document = specs.parse(specs.Run, json.loads((folder / "run.json").read_text()))
    clock, losses = [], []
    with tempfile.TemporaryDirectory(dir=folder) as out:
        for event in train(document, inputs, Path(out)):
            if isinstance(event, Metric) and "train/loss" in event.values:
                clock.append(time.perf_counter())
                losses.append(event.values["train/loss"])
    _tell(folder / "ours.json", shape, given, clock, losses)


def theirs(folder: str, shape: Shape, given: dict) -> None:
    import torch
    from torch.utils.data import SequentialSampler
    from transformers import Trainer, TrainerCallback, TrainingArguments

    from gradatim import specs
    from gradatim.training import models

    folder, clock, losses = Path(folder), [], []
    windows = torch.from_numpy(np.load(folder / "windows.npy").astype(np.int64))
    model = models.build(specs.Model(preset=shape.preset), vocab_size=shape.vocabulary, context=shape.context, seed=0)

    class InOrder(Trainer):
        def _get_train_sampler(self, *_):
            return SequentialSampler(windows)

    class Clock(TrainerCallback):
        def on_step_end(self, *_, **__):
            clock.append(time.perf_counter())

        def on_log(self, _, state, __, logs=None, **___):
            if "loss" in logs:
                losses.append(logs["loss"])

    arguments = TrainingArguments(
        output_dir=str(folder / "trainer"),
        max_steps=given["steps"],
        per_device_train_batch_size=shape.batch,
        learning_rate=RATE,
        lr_scheduler_type="constant",
        weight_decay=WEIGHT_DECAY,
        adam_beta2=BETA2,
        max_grad_norm=CLIP,
        optim="adamw_torch_fused",
        bf16=given["precision"] == "bf16",
        torch_compile=given["compile"],
        use_cpu=not torch.cuda.is_available(),
        logging_steps=1,
        logging_strategy="steps",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        dataloader_num_workers=0,
        seed=0,
    )
    rows = [{"input_ids": row, "labels": row} for row in windows]
    InOrder(model=model, args=arguments, train_dataset=rows, callbacks=[Clock()]).train()
    _tell(folder / "theirs.json", shape, given, clock, losses)


def _tell(path: Path, shape: Shape, given: dict, clock: list[float], losses: list[float]) -> None:
    first = given["warm_up"]
    rate = (len(clock) - 1 - first) * shape.batch * shape.context / (clock[-1] - clock[first])
    path.write_text(json.dumps({"rate": rate, "losses": losses[: given["steps"]]}))


if __name__ == "__main__":
    sys.exit(main())

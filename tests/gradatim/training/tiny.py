"""A corpus, tokenizer, tokens, plan and run that are small enough to train in a second, made by the library itself."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradatim import artifacts, curriculum, specs
from gradatim.artifacts import Stored
from gradatim.corpora import rows, store, tokens
from gradatim.corpora.tokenizers import Tokenizer, train_bpe
from gradatim.types import Inputs

WORDS = [
    "the",
    "a",
    "model",
    "learns",
    "from",
    "data",
    "in",
    "order",
    "step",
    "by",
    "step",
    "code",
    "text",
    "loss",
    "falls",
    "and",
    "rises",
    "again",
]


@dataclass(frozen=True)
class Tiny:
    dataset: Stored
    tokenizer: Stored
    tokens: Stored
    folder: Path

    def inputs(self, *more: Stored) -> Inputs:
        return Inputs([self.dataset, self.tokenizer, self.tokens, *more])


def corpus(folder: Path, *, samples: int = 400, seed: int = 1, prompts: bool = False) -> Tiny:
    """Samples of 1 to 40 words in the domains code (a third) and prose; about two in a hundred are held out. With ``prompts``,
    prose samples have one of 1 to 30 words."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 40))) + f" {i}" for i in range(samples)]
    domains = ["code" if i % 3 == 0 else "prose" for i in range(samples)]
    asked = [" ".join(rng.choice(WORDS, rng.integers(1, 30))) for _ in range(samples)] if prompts else None
    asked = (
        [text if domain == "prose" else None for text, domain in zip(asked, domains, strict=True)] if asked else None
    )
    batch = rows.batch_of([f"s{i}" for i in range(samples)], domains, asked, texts, range(1, samples + 1), samples)
    dataset = _made(store.write_dataset(folder, [batch], source={"name": "tiny"}), folder)
    (folder / "tokenizer").mkdir()
    backend = train_bpe(texts, 300)
    backend.save(str(folder / "tokenizer" / "tokenizer.json"))
    meta = {
        "vocab_size": backend.get_vocab_size(),
        "end_of_text": 0,
        "algorithm": "bpe",
        "trained_on": [dataset.digest],
    }
    tokenizer = artifacts.seal(folder / "tokenizer", "tokenizer", meta)
    made = tokens.write_tokens(folder, store.Dataset(dataset.path), Tokenizer(tokenizer.path))
    return Tiny(dataset, tokenizer, _made(made, folder), folder)


def run_of(tiny: Tiny, *, phases: tuple[int, ...] = (1536,), seed: int = 3, **recipe) -> specs.Run:
    """A run on two streams, one a domain, mixed 3 to 1; 64 tokens an update, so 24 updates by default."""
    streams = [
        {"name": "old", "dataset": tiny.dataset.digest, "domains": ["prose"]},
        {"name": "new", "dataset": tiny.dataset.digest, "domains": ["code"]},
    ]
    mixture = {"method": "static", "params": {"weights": {"old": 3, "new": 1}}}
    document = {
        "curriculum": {
            "tokenizer": tiny.tokenizer.digest,
            "phases": [
                {"name": f"phase{i}", "tokens": t, "streams": streams, "mixture": mixture} for i, t in enumerate(phases)
            ],
        },
        "recipe": {
            "model": {"preset": "llama-1m"},
            "schedules": [{"peak": 0.01}] * len(phases),
            "batch_size": 4,
            "context": 16,
            "evaluation": {"windows": 4, "dense_every": 2, "dense_until": 4, "every": 5},
            "checkpoint_every": 10,
            **recipe,
        },
        "seed": seed,
    }
    return specs.parse(specs.Run, document)


def plan_of(tiny: Tiny, run: specs.Run, folder: Path | None = None) -> Stored:
    folder = folder or tiny.folder
    return _made(curriculum.resolve(run.curriculum, run.seed, tiny.inputs(), folder), folder)


def _made(events, folder: Path) -> Stored:
    """The artifact that the work announces last."""
    last = list(events)[-1]
    return artifacts.read(folder / last.path)

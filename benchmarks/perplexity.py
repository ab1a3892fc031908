"""Perplexity of many documents: ours, against one document at a time and against padded batches in dataset order.

All three ask the same model for the same documents (about 170 tokens each, log-normal), loading it included, in processes of their
own with one thread each unless --threads says otherwise. The mean losses of every document have to agree to 1e-4.

    python -m benchmarks.perplexity [--documents 10000] [--preset llama-10m] [--precision fp32]
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import measuring
from benchmarks.corpora import END, corpus

VOCABULARY, CONTEXT, BATCH = 8192, 512, 16
GOALS = {"one at a time": 1.5, "padded, in order": 4.0}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--preset", default="llama-1m")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        return one(args)
    with tempfile.TemporaryDirectory(prefix="gradatim-benchmark-") as folder:
        args.folder = Path(folder)
        tokens = prepare(args)
        words = [
            f"--{name}={getattr(args, name)}" for name in ("documents", "preset", "precision", "threads", "folder")
        ]
        ran = {way: measuring.python("-m", "benchmarks.perplexity", f"--way={way}", *words) for way in WAYS}
        losses = {way: np.load(args.folder / f"{file_of(way)}.npy") for way in WAYS}
    ours = ran["gradatim"].seconds
    rows = []
    for way, (seconds, peak) in ran.items():
        apart = np.abs(losses[way] - losses["gradatim"]).max()
        speed = [f"{seconds:.1f}", f"{args.documents / seconds:,.0f}", f"{tokens / seconds:,.0f}"]
        rows.append([way, *speed, f"{seconds / ours:.2f}", f"{peak / 1e6:,.0f}", f"{apart:.1e}"])
    measuring.table(["", "s", "documents/s", "tokens/s", "times ours", "MB", "loss apart"], rows)
    promises = [(f"{goal} times as fast as {way}", ran[way].seconds / ours >= goal) for way, goal in GOALS.items()]
    close = 1e-4 if args.precision == "fp32" else 2e-2
    same = max(np.abs(found - losses["gradatim"]).max() for found in losses.values()) < close
    return measuring.verdict([*promises, (f"every document's loss the same to {close:g}", same)])


def prepare(args) -> int:
    """The corpus and a model with fresh weights; how many tokens there are."""
    from gradatim import specs
    from gradatim.training import checkpoint, models

    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(4.85, 0.75, args.documents), 4, 2000).astype(np.int64)
    corpus(args.folder, lengths, VOCABULARY)
    model = models.build(specs.Model(preset=args.preset), vocab_size=VOCABULARY, context=CONTEXT, seed=0)
    checkpoint.write_model(args.folder / "model", model, None, {})
    return int(lengths.sum())


def file_of(way: str) -> str:
    return way.replace(" ", "-").replace(",", "")


def one(args) -> int:
    import torch

    torch.set_num_threads(args.threads)
    np.save(args.folder / f"{file_of(args.way)}.npy", WAYS[args.way](args))
    return 0


def gradatim(args) -> np.ndarray:
    from gradatim.corpora.store import Dataset
    from gradatim.corpora.tokens import Tokens
    from gradatim.scores import perplexity
    from gradatim.types import ScoreContext

    tokens = Tokens(args.folder / "tokens")
    params = perplexity.Params(measure="loss", precision=args.precision)
    context = ScoreContext(tokens=tokens, checkpoint=args.folder / "model")
    return np.concatenate(list(perplexity.score(Dataset(args.folder / "dataset"), params, context)))


def one_at_a_time(args) -> np.ndarray:
    return _plain(args, 1)


def padded(args) -> np.ndarray:
    return _plain(args, BATCH)


def _plain(args, size: int) -> np.ndarray:
    """The usual loop over transformers: batches in dataset order, padded to their longest. Documents longer than the context are
    read in the same windows as ours, so that all predict the same tokens."""
    import torch
    from torch.nn.functional import cross_entropy
    from transformers import AutoModelForCausalLM

    from gradatim.corpora.tokens import Tokens
    from gradatim.scores.perplexity import windows_of

    model = AutoModelForCausalLM.from_pretrained(args.folder / "model", attn_implementation="sdpa").eval()
    tokens = Tokens(args.folder / "tokens")
    lengths = tokens.lengths.astype(np.int64)
    windows = windows_of(lengths, CONTEXT, CONTEXT // 2)
    totals = np.zeros(len(lengths))
    for first in range(0, len(windows.row), size):
        picked = range(first, min(first + size, len(windows.row)))
        longest = max(int(windows.length[k]) for k in picked)
        ids = torch.full((len(picked), longest), END)
        targets = torch.full((len(picked), longest), -100)
        mask = torch.zeros((len(picked), longest), dtype=torch.int64)
        for place, k in enumerate(picked):
            start, length, scored = int(windows.start[k]), int(windows.length[k]), int(windows.scored[k])
            whole = torch.from_numpy(np.concatenate([[END], tokens.sample(int(windows.row[k]))]).astype(np.int64))
            ids[place, :length] = whole[start : start + length]
            targets[place, length - scored : length] = whole[start + length - scored + 1 : start + length + 1]
            mask[place, :length] = 1
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
            logits = model(input_ids=ids, attention_mask=None if size == 1 else mask, use_cache=False).logits
        losses = cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="none")
        sums = losses.reshape(targets.shape).double().sum(dim=1).numpy()
        totals += np.bincount(windows.row[first : first + len(picked)], weights=sums, minlength=len(totals))
    return totals / lengths


WAYS = {"gradatim": gradatim, "one at a time": one_at_a_time, "padded, in order": padded}

if __name__ == "__main__":
    started = time.perf_counter()
    code = main()
    if "--way" not in " ".join(sys.argv):
        print(f"\n{time.perf_counter() - started:.0f} s altogether")
    sys.exit(code)

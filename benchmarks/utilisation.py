"""Model-FLOPs utilisation of training on a GPU: how much of what its tensor cores could do in bf16 goes into the model.

    python -m benchmarks.utilisation [--preset llama-160m] [--vocabulary 32000] [--context 1024] [--batch 32] [--steps 60] [--rounds 3]

A token costs 6 floating-point operations a weight (input embeddings are looked up, not multiplied) and 12 * layers * hidden * context for attention,
forward and backward (Chowdhery et al. 2022, PaLM, appendix B; what a causal mask saves and what is computed twice count as nothing). The peak is the card's own
for dense bf16, by its name, or --peak. Where there is no GPU the script says so and measures nothing.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import measuring, training
from gradatim.presets import PRESETS

#: dense bf16 TFLOP/s by a part of the name that the driver gives, as the makers' data sheets say; the first that fits
PEAKS = {"H200": 989.0, "H100 PCIe": 756.0, "H100": 989.0, "A100": 312.0, "L40S": 362.0, "L4": 121.0, "RTX 4090": 165.0}
GOALS = {"llama-160m": 0.45}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="llama-160m", choices=list(PRESETS))
    parser.add_argument("--vocabulary", type=int, default=32_000)
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=20, help="first steps, which compile and are not timed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--no-compile", dest="compile", action="store_false")
    parser.add_argument("--peak", type=float, help="TFLOP/s, where the card is not known; also without a GPU")
    args = parser.parse_args()
    name = device()
    peak = args.peak or next((peak for part, peak in PEAKS.items() if part in name), None)
    if not name and not args.peak:
        print("There is no GPU here: nothing was measured.")
        return 0
    if peak is None:
        print(f"The peak of {name} is not known: say it with --peak, in TFLOP/s of dense bf16.", file=sys.stderr)
        return 2
    shape = training.Shape(args.vocabulary, args.context, args.batch, args.preset)
    with tempfile.TemporaryDirectory(prefix="gradatim-benchmark-") as folder:
        training.prepare(Path(folder), shape, args)
        rates = [training.run(training.ours, Path(folder), shape, args)["rate"] for _ in range(args.rounds)]
    cost = operations(args.preset, args.vocabulary, args.context)
    used = [rate * cost / (peak * 1e12) for rate in rates]
    middle = statistics.median(used)
    measuring.table(
        ["", "tokens/s", "GFLOP a token", "peak, TFLOP/s", "utilisation", "of rounds"],
        [
            [
                f"{args.preset} on {name or 'this processor'}",
                f"{statistics.median(rates):,.0f}",
                f"{cost / 1e9:.2f}",
                f"{peak:g}",
                f"{middle:.1%}",
                f"{min(used):.1%}–{max(used):.1%}",
            ]
        ],
    )
    goal = GOALS.get(args.preset) if args.precision == "bf16" and name else None
    return measuring.verdict([(f"at least {goal:.0%} of the card's peak", middle >= goal)] if goal else [])


def device() -> str:
    """The GPU's name, "" without one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def operations(preset: str, vocabulary: int, context: int) -> float:
    """Floating-point operations a token, forward and backward."""
    shape = PRESETS[preset]
    multiplied = shape.parameters(vocabulary) - (0 if shape.tied else vocabulary * shape.hidden)
    return 6 * multiplied + 12 * shape.layers * shape.hidden * context


if __name__ == "__main__":
    sys.exit(main())

"""All sizes of the demo in one place.

Two corpora that every Python installation carries: English prose (docstrings and the language's help topics) and Python
source without docstrings and comments. A small base model learns both; then the data shift. On two processor cores
everything together is meant to take less than fifteen minutes.
"""

from dataclasses import dataclass

from gradatim.hardware import bf16_is_native

PROJECT = "Demo: what does a shift to new data cost?"
DESCRIPTION = (
    "A small model learns English prose and Python code from this machine's own Python installation. Then its diet "
    "changes to code alone. What happens to what it knew, and does replaying a quarter of prose help?"
)
BASE_SEED = 0
#: another order than the base's, or an arm would begin with the very samples that the base began with
ARM_SEED = 1


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of so many modules of the library one is read for its prose, or its code. Steps are those of the base, an arm and an
    order."""

    one_in_prose: int = 1
    one_in_code: int = 1
    vocabulary: int = 2048
    context: int = 128
    batch: int = 8
    base_steps: int = 2000
    arm_steps: int = 500
    #: nearly one epoch of the code (1.8 M tokens): an order from easy to hard that is cut short never comes to the hard part
    order_steps: int = 1750
    windows: int = 64
    precision: str = "bf16"
    compile: bool = True

    @property
    def step(self) -> int:
        """Tokens an optimizer step."""
        return self.context * self.batch


SIZES = Sizes()
#: In 32 bits a step takes two to three times as long: less of everything, still nearly one epoch of the code for an order.
IN_32_BITS = Sizes(one_in_code=4, base_steps=900, arm_steps=250, order_steps=415, windows=48, precision="fp32")


def sizes_here() -> Sizes:
    """``SIZES``; ``IN_32_BITS`` where the processor of this machine only emulates bf16: hours instead of minutes."""
    return SIZES if bf16_is_native() else IN_32_BITS


BASE_MIXTURE = {"prose": 0.62, "code": 0.38}
REPLAY_MIXTURE = {"prose": 0.25, "code": 0.75}

#: easy first: a low perplexity under the base model is easy
SAW = {"method": "saw", "params": {"sections": 3, "transition_ratio": 0.075, "layers": 3}}

QUESTION = "What did the shift to new data cost, and did replay help?"
ORDER_QUESTION = "From fresh weights on code alone: does an order from easy to hard with review help?"


def perplexity(sizes: Sizes) -> dict:
    """Windows that do not overlap: half the time, and samples of one length are judged alike."""
    return {"precision": sizes.precision, "stride": sizes.context}


def schedule(peak: float) -> dict:
    return {"shape": "cosine", "peak": peak, "floor": peak / 10, "warmup": 0.04}


def recipe(sizes: Sizes, *, peak: float, fresh: bool, every: int = 20) -> dict:
    """A recipe document; a continuation takes its model from its base. ``every``: steps between later evaluations."""
    document = {
        "schedules": [schedule(peak)],
        "batch_size": sizes.batch,
        "context": sizes.context,
        "precision": sizes.precision,
        "compile": sizes.compile,
        "evaluation": {
            "suite": "heldout",
            "windows": sizes.windows,
            "dense_every": 5,
            "dense_until": 60,
            "every": every,
        },
        "checkpoint_every": 100,
    }
    if fresh:
        document["model"] = {"preset": "llama-1m"}
    return document


BASE_PEAK = 4e-3
ARM_PEAK = 2e-3

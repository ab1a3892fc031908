"""Orders with the settings of a source, to start from: an ordering, its parameters, and jitter as a share of the samples.

A published configuration is what its authors shipped. It is not shown to be their best, and says so in its remark.
"""

from dataclasses import dataclass, field

#: Reports quote windows of about 5,000 and 50,000 on about a million documents, and do not say which goes with which order.
USUAL_JITTER = 0.005
#: Fewer samples than a small batch have no effect on training.
LEAST_WINDOW = 16

PAPER = "arXiv 2605.30334"
#: Holds for all of them.
CAVEAT = (
    "Settings of published configurations are not shown to be the papers’ best: notes name STR and SAW with jitter, and the "
    "exact settings for SFT are not published with the code. Orders run from the lowest score to the highest: where a low "
    "score is the better one, tick “Descending” after choosing."
)


@dataclass(frozen=True, slots=True)
class OrderPreset:
    """``stage``: what it was proposed for; ``jitter``: the window as a share of the samples, 0 for none."""

    title: str
    source: str
    stage: str
    ordering: str
    params: dict = field(default_factory=dict)
    jitter: float = 0.0
    remark: str = ""

    def window(self, samples: int) -> int:
        """The jitter window for so many samples."""
        return min(samples, max(LEAST_WINDOW, round(self.jitter * samples))) if self.jitter else 0


_STR = {"sections": 2, "transition_ratio": 0.225, "layers": 3}
_SAW = {"sections": 3, "transition_ratio": 0.075, "layers": 2}
_SEG = {"front_percent": 10.0, "back_percent": 10.0}

PRESETS = {
    "str-paper": OrderPreset(
        "STR, published configuration",
        PAPER,
        "pre-training",
        "stair",
        _STR,
        remark="One transition folded in three: two returns by 45 % of the scores. Secondary notes report it ahead of sorting "
        "(38.65 against 37.61 on FineWeb-Edu).",
    ),
    "saw-paper": OrderPreset(
        "SAW, published configuration",
        PAPER,
        "pre-training",
        "saw",
        _SAW,
        remark="Two layers leave each transition at its low end, and the order then jumps by the whole transition. Secondary "
        "notes report 38.78 on FineWeb-Edu, against 38.65 for STR.",
    ),
    "saw-closed": OrderPreset(
        "SAW, closed exit",
        f"{PAPER}; closed exit: this project",
        "pre-training",
        "saw",
        _SAW | {"close_exit": True},
        remark="SAW without the jump behind its transitions. No result is published with it.",
    ),
    "str-jitter": OrderPreset(
        "STR with jitter",
        f"{PAPER} names it; window: this project",
        "pre-training",
        "stair",
        _STR,
        USUAL_JITTER,
        "Named among the best variants. Its window is not published for sure: here one sample in 200.",
    ),
    "saw-jitter": OrderPreset(
        "SAW with jitter",
        f"{PAPER} names it; window: this project",
        "pre-training",
        "saw",
        _SAW,
        USUAL_JITTER,
        "Named among the best variants. Its window is not published for sure: here one sample in 200, since a window as wide "
        "as a transition undoes it.",
    ),
    "fo-5": OrderPreset(
        "FO-5, folding",
        PAPER,
        "pre-training",
        "folding",
        {"layers": 5},
        remark="Five ascents over all scores, each with a jump back. Another study (arXiv 2511.18903) finds its advantage "
        "fragile: worse than uniform data under cosine decay.",
    ),
    "zig-5": OrderPreset(
        "ZIG-5, zigzag",
        PAPER,
        "pre-training",
        "zigzag",
        {"layers": 5},
        remark="Up and down through all scores without jumps. Secondary notes report 36.74 on QuRatedPajama, against 36.62 for "
        "FO-5 and 36.12 for sorting.",
    ),
    "seg-pretraining": OrderPreset(
        "SEG for pre-training",
        PAPER,
        "pre-training",
        "segment",
        _SEG | {"front_high": False, "back_high": True},
        remark="The lowest tenth first, the highest last, the rest at random between. The end matters more than the start.",
    ),
    "seg-sft": OrderPreset(
        "SEG for SFT",
        PAPER,
        "SFT",
        "segment",
        _SEG | {"front_high": True, "back_high": True},
        remark="High scores at both ends. The sizes of the ends are those of the published pre-training configuration.",
    ),
    "cl": OrderPreset(
        "CL, sorting",
        "Bengio et al. 2009",
        "either",
        "sorting",
        remark="The plain curriculum, and the baseline of the others: 37.61 on FineWeb-Edu, against 37.09 for a "
        "random order, in secondary notes.",
    ),
}


def matching(ordering: str, params: dict, jittered: bool) -> str:
    """The name of the preset whose settings these are, defaults filled in on both sides; "" for none."""
    from gradatim import params as parameters
    from gradatim import registry

    for name, preset in PRESETS.items():
        if preset.ordering == ordering and bool(preset.jitter) == jittered:
            known = registry.load("orderings", ordering).Params
            if parameters.parse(known, preset.params) == parameters.parse(known, params):
                return name
    return ""

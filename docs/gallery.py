"""The gallery of orderings, from the methods themselves: ``python -m docs.gallery`` writes docs/gallery.md and its pictures.

Every ordering of the library at its own defaults, on the same samples: 65,536 distinct scores, lowest first, four domains of
unequal size, in batches of 64, under seed 0. Orders that repeat or leave out samples are drawn over their first passes.
"""

import argparse
from pathlib import Path

import numpy as np

from docs import meters_table
from gradatim import params as parameters
from gradatim import registry
from gradatim.meters import GUIDELINES, batches, measure
from gradatim.order_presets import CAVEAT, PRESETS
from gradatim.permutation import jitter
from gradatim.plots.order_preview import bands_of
from gradatim.seeds import Seed
from gradatim.types import OrderContext

HERE = Path(__file__).parent
SAMPLES, BATCH, PASSES = 65_536, 64, 4
#: Shares of the four domains among the samples.
DOMAINS = (0.4, 0.3, 0.2, 0.1)
WIDTH, HEIGHT, POINTS = 480, 200, 240

#: Where the defaults show nothing of what a method is for.
EXAMPLES = {"drawn_curve": {"points": [[0, 20], [0.4, 70], [0.6, 30], [1, 100]]}}

HEAD = f"""# Orderings, seen

Made by `python -m docs.gallery`. Each ordering at its own defaults (the drawn curve: an example), on {SAMPLES:,} samples with distinct scores in four domains, in batches of
{BATCH}, seed 0. The line is the mean score percentile of each stretch of the order, the band its lowest and highest. Position runs to the right, the
score upwards. What the meters mean: [meters.md](meters.md). They describe an order; none is a grade.
"""


def context(epochs: int) -> OrderContext:
    generator = Seed(0).child("gallery").numpy()
    scores = generator.permutation(SAMPLES).astype(np.float32)
    domains = generator.choice(len(DOMAINS), SAMPLES, p=DOMAINS).astype(np.int32)
    return OrderContext(SAMPLES, scores, domains=domains, lengths=np.ones(SAMPLES, np.int32), epochs=epochs)


def order_of(name: str) -> tuple[OrderContext, np.ndarray, dict]:
    """(context, positions in the order of training, parameters) of an ordering at its defaults."""
    module = registry.load("orderings", name)
    repeats = module.output == "repeats"
    seen = context(PASSES if repeats else 1)
    params = parameters.parse(module.Params, EXAMPLES.get(name))
    return seen, np.concatenate(module.order(seen, params, Seed(0))), parameters.as_dict(params)


def picture(scores: np.ndarray, title: str) -> str:
    """An SVG that is readable on a light and a dark page: one colour, and lines by opacity."""
    bands = bands_of(scores, POINTS)
    x = [WIDTH * position for position in bands["position"]]

    def points(values, along):
        return " ".join(f"{a:.1f},{HEIGHT * (1 - value / 100):.1f}" for a, value in zip(along, values, strict=True))

    band = f"{points(bands['low'], x)} {points(bands['high'][::-1], x[::-1])}"
    grid = "".join(f'<path d="M0 {HEIGHT * k / 4}H{WIDTH}" stroke-opacity=".15"/>' for k in range(5))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {WIDTH + 4} {HEIGHT + 4}" role="img" fill="none" '
        f'stroke="#6a78d1"><title>{title}</title>{grid}'
        f'<polygon points="{band}" fill="#6a78d1" fill-opacity=".25" stroke="none"/>'
        f'<polyline points="{points(bands["mean"], x)}" stroke-width="2"/></svg>\n'
    )


def entry(name: str) -> tuple[str, str]:
    """(the method's section, its picture)."""
    about = registry.describe("orderings", name)
    seen, order, params = order_of(name)
    scores = seen.scores[order]
    found = measure(scores, batches.of_samples(len(order), BATCH), seen.domains[order])
    settings = ", ".join(f"{key} {value}" for key, value in params.items()) or "none"
    drawn = f" Drawn over {PASSES} passes." if registry.load("orderings", name).output == "repeats" else ""
    rows = "\n".join(f"| {title} | {getattr(found, part).reading} |" for part, title in GUIDELINES.items())
    text = f"""
## {about["title"]}

![{about["title"]}: score percentile against position](images/orders/{name}.svg)

{about["help"]}{drawn}

**When to use it.** {about["use"]}

| meter | reading |
| --- | --- |
{rows}

Method `{name}`; parameters: {settings}. Source: {about["source"]}.
"""
    return text, picture(scores, about["title"])


def presets() -> str:
    """A table of the presets by their meters: what separates the published SAW from the one with closed exits, among others."""
    columns = {
        "end": "end",
        "trend": "trend",
        "review": "look-back",
        "jumps": "jumps",
        "continuity": "1 − largest jump",
    }
    columns |= {"absence": "longest absence", "spread": "local spread"}
    rows = []
    for preset in PRESETS.values():
        seen, module = context(1), registry.load("orderings", preset.ordering)
        made = module.order(seen, parameters.parse(module.Params, preset.params), Seed(0))[0]
        scores = seen.scores[jitter(made, preset.window(SAMPLES), Seed(0))]
        found = dict(
            zip(
                meters_table.COLUMNS,
                meters_table.values(measure(scores, batches.of_samples(SAMPLES, BATCH))),
                strict=True,
            )
        )
        cells = [f"{found[name]:.2f}" if isinstance(found[name], float) else str(found[name]) for name in columns]
        rows.append(f"| {preset.title} | {' | '.join(cells)} |")
    head = f"| preset | {' | '.join(columns.values())} |\n|{' --- |' * (len(columns) + 1)}"
    return f"""
## Presets

The presets of the builder on the same samples, lowest score first. {CAVEAT.replace("tick “Descending” after choosing", "reverse them")}

{head}
{chr(10).join(rows)}
"""


def main(folder: Path) -> None:
    pictures = folder / "images" / "orders"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = [HEAD]
    for name in registry.names("orderings"):
        text, drawing = entry(name)
        parts.append(text)
        (pictures / f"{name}.svg").write_text(drawing)
    parts.append(presets())
    (folder / "gallery.md").write_text("".join(parts))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of gallery.md and images/orders/")
    main(parser.parse_args().out)

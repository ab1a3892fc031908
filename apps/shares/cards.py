"""A card of 1200 by 630 pixels with a title and curves, drawn here: no browser takes part."""

import io
from collections.abc import Iterator

WIDTH, HEIGHT, SCALE = 1200, 630, 2
LEFT, TOP, RIGHT, BOTTOM = 72, 230, 780, 560
INK, MUTED, GRID, GROUND = "#16201f", "#5b6a68", "#dfe5e3", "#ffffff"
#: Those of the pages on a light ground.
COLORS = ("#0b6b78", "#c77800", "#7b3fa8", "#2e8540", "#b8336a", "#3b6fd4", "#8a6d00", "#6b6b6b")
DASHES = {
    "solid": None,
    "dash": (18, 10),
    "dot": (4, 7),
    "dashdot": (18, 8, 4, 8),
    "longdash": (28, 10),
    "longdashdot": (28, 8, 4, 8),
}
LEGEND, CHARACTERS = 8, 200


def png_of(*, title: str, said: str, about: str, figure: dict) -> bytes:
    """``figure`` is a Plotly figure whose lines are drawn; bands and marks are left out."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), GROUND)
    pen = ImageDraw.Draw(image)
    _bars(pen)
    text(pen, (120, 42), "Gradatim", 26, INK)
    for place, line in enumerate(_wrapped(pen, title, 46, WIDTH - 144, 2)):
        text(pen, (LEFT, 88 + 54 * place), line, 46, INK)
    lines = [
        trace for trace in figure["data"] if "lines" in trace.get("mode", "") and trace.get("showlegend") is not False
    ]
    _plot(pen, lines)
    text(pen, (LEFT, BOTTOM + 16), f"{about}: {figure['layout']['yaxis']['title']['text']}, over tokens", 20, MUTED)
    for place, line in enumerate(_wrapped(pen, said, 24, WIDTH - RIGHT - 120, 4)):
        text(pen, (RIGHT + 60, TOP + 32 * place), line, 24, MUTED)
    _legend(pen, lines)
    out = io.BytesIO()
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


def text(pen, at: tuple[float, float], words: str, size: int, color: str) -> None:
    pen.text((at[0] * SCALE, at[1] * SCALE), words, font=_font(size), fill=color)


def _font(size: int):
    from PIL import ImageFont

    return ImageFont.load_default(size * SCALE)


def _bars(pen) -> None:
    """The mark: steps that rise."""
    for place, color in enumerate(("#9cc3c4", "#5fa0a4", "#0b6b78", "#e08a00")):
        x = LEFT + place * 10
        pen.rectangle([x * SCALE, (66 - 7 * (place + 1)) * SCALE, (x + 7) * SCALE, 68 * SCALE], fill=color)


def _wrapped(pen, words: str, size: int, width: float, most: int) -> list[str]:
    """At most so many lines of a width; the last one ends in an ellipsis where there is more."""
    font, lines = _font(size), [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and pen.textlength(longer, font=font) > width * SCALE:
            lines.append(word)
        else:
            lines[-1] = longer
    shown = [*lines[: most - 1], f"{lines[most - 1]} …"] if len(lines) > most else lines
    return [_cut(pen, line, font, width * SCALE) for line in shown]


def _cut(pen, line: str, font, width: float) -> str:
    """On one line, whatever it holds; no card is wider than ``CHARACTERS``, and measuring goes with the square of a word's length."""
    line = " ".join(line.split())[:CHARACTERS]
    if pen.textlength(line, font=font) <= width:
        return line
    while line and pen.textlength(f"{line}…", font=font) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _plot(pen, lines: list[dict]) -> None:
    points = [
        (x, y)
        for trace in lines
        for x, y in zip(trace["x"], trace["y"], strict=True)
        if x is not None and y is not None
    ]
    for place in range(5):
        y = (TOP + (BOTTOM - TOP) * place / 4) * SCALE
        pen.line([LEFT * SCALE, y, RIGHT * SCALE, y], fill=GRID, width=SCALE)
    if not points:
        text(pen, (LEFT + 20, (TOP + BOTTOM) / 2 - 14), "Nothing has been evaluated yet.", 24, MUTED)
        return
    xs, ys = zip(*points, strict=True)
    (x0, x1), (y0, y1) = (min(xs), max(xs)), (min(ys), max(ys))
    margin = (y1 - y0) * 0.06 or 0.5
    y0, y1 = y0 - margin, y1 + margin

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - x0) / ((x1 - x0) or 1)
        return (LEFT + across * (RIGHT - LEFT)) * SCALE, (BOTTOM - (y - y0) / (y1 - y0) * (BOTTOM - TOP)) * SCALE

    for place in (0, 4):
        value = y1 - (y1 - y0) * place / 4
        text(pen, (LEFT - 52, TOP + (BOTTOM - TOP) * place / 4 - 12), f"{value:.2f}", 18, MUTED)
    for trace in lines:
        color, dashes = _style(trace)
        for stretch in _stretches(trace):
            _draw(pen, [at(x, y) for x, y in stretch], color, dashes)


def _style(trace: dict) -> tuple[str, tuple | None]:
    return COLORS[trace["meta"]["color"] % len(COLORS)], DASHES.get(trace.get("line", {}).get("dash", "solid"))


def _stretches(trace: dict) -> Iterator[list[tuple[float, float]]]:
    """A line breaks where its value is no number."""
    stretch = []
    for x, y in zip(trace["x"], trace["y"], strict=True):
        if x is None or y is None:
            yield stretch
            stretch = []
        else:
            stretch.append((x, y))
    yield stretch


def _draw(pen, points: list[tuple[float, float]], color: str, dashes: tuple | None) -> None:
    """A line of points, whole or dashed along its length."""
    if len(points) < 2:
        return
    if not dashes:
        pen.line(points, fill=color, width=4 * SCALE, joint="curve")
        return
    lengths, part, left = [dash * SCALE for dash in dashes], 0, dashes[0] * SCALE
    for (x, y), (to_x, to_y) in zip(points, points[1:], strict=False):
        distance = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        gone = 0.0
        while distance - gone > 1e-6:
            step = min(left, distance - gone)
            a, b = gone / distance, (gone + step) / distance
            if part % 2 == 0:
                ends = [x + (to_x - x) * a, y + (to_y - y) * a, x + (to_x - x) * b, y + (to_y - y) * b]
                pen.line(ends, fill=color, width=4 * SCALE)
            gone, left = gone + step, left - step
            if left <= 1e-6:
                part = (part + 1) % len(lengths)
                left = lengths[part]


def _legend(pen, lines: list[dict]) -> None:
    shown = lines[: LEGEND if len(lines) <= LEGEND else LEGEND - 1]
    top = BOTTOM + 10 - 30 * (len(shown) + (len(lines) > len(shown)))
    for place, trace in enumerate(shown):
        y, (color, dashes) = top + 30 * place, _style(trace)
        _draw(pen, [((RIGHT + 60) * SCALE, (y + 12) * SCALE), ((RIGHT + 104) * SCALE, (y + 12) * SCALE)], color, dashes)
        text(pen, (RIGHT + 118, y), _cut(pen, trace["name"], _font(20), (WIDTH - RIGHT - 160) * SCALE), 20, INK)
    if len(lines) > len(shown):
        text(pen, (RIGHT + 118, top + 30 * len(shown)), f"and {len(lines) - len(shown)} more", 20, MUTED)

"""The colours of a curriculum's streams in its pictures."""


def colors_of(phases: list[dict]) -> dict:
    """The colour of every stream's name, in the document's order. A stream that cannot be read keeps its place: by what stands
    there in another phase, or empty, so that no other stream takes its colour while it is being typed."""
    colors = {}
    for i, phase in enumerate(phases):
        for j, stream in enumerate(phase["streams"]):
            there = (other["streams"][j] for other in phases if j < len(other["streams"]))
            known = stream or next(filter(None, there), None)
            colors.setdefault(known["name"] if known else (i, j), len(colors) % 8 + 1)
    return colors

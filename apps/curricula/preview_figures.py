"""The two pictures of a preview: the orders against their scores, and the planned mixture over the tokens."""

from apps.curricula.preview import PhaseRow, Preview


def figures_of(found: Preview) -> dict[str, list[dict]]:
    """Records of the two pictures: the orders against their scores, and the planned mixture over the tokens."""
    several = len(found.phases) > 1
    orders = []
    for phase in found.phases:
        for stream in phase.streams:
            if stream.order:
                name = f"{stream.name} by {stream.by}"
                name = f"{phase.name}: {name}" if several else name
                orders.append(
                    {"id": name, "name": name, "series": {}, "phases": [], "order": stream.order, "color": stream.color}
                )
    return {"order_preview": orders, "mixture": [_mixture(found)]}


def _mixture(found: Preview) -> dict:
    """Planned shares in steps: a phase whose mixture stays as it is, is one of them, with what its streams will give."""
    series, starts, start, tokens = {}, [], 0, []
    phases = [phase for phase in found.phases if phase.tokens]
    stretches = [stretches_of(phase) for phase in phases]
    count, first = sum(len(parts) for parts in stretches), 0
    for phase, parts in zip(phases, stretches, strict=True):
        starts.append({"name": phase.name, "start": start})
        for k, shares in enumerate(parts):
            tokens += [start + round(phase.tokens * edge / len(parts)) for edge in (k, k + 1)]
            for name, share in shares.items():
                values = series.setdefault(f"weights/planned/{name}", {"values": [0.0] * (2 * count)})["values"]
                values[2 * (first + k)] = values[2 * (first + k) + 1] = share
        start, first = start + phase.tokens, first + len(parts)
    placed = [f"weights/planned/{name}" for name in found.colors]
    series = {key: series[key] for key in placed if key in series}
    for entry in series.values():
        entry |= {"tokens": tokens, "steps": list(range(len(tokens))), "time": [0.0] * len(tokens)}
    return {"id": "planned", "name": "planned", "series": series, "phases": starts}


def stretches_of(phase: PhaseRow) -> list[dict[str, float]]:
    """Shares in stretches of one length: one where the mixture stays as it is, with what its streams will give."""
    if phase.mixture and not phase.mixture.constant:
        return phase.mixture.in_parts()
    return [{s.name: (s.tokens or 0) / phase.tokens for s in phase.streams if s.share is not None}]

"""What each table of a comparison comes to, in a line: a folded page still tells its story."""

from apps.comparisons.selectors import Compared

#: A comparison of more runs begins with its tables folded.
MANY = 8


def leads_of(compared: Compared) -> dict[str, str]:
    """By table. Places and sizes only: no line says that a run is better."""
    settings, shown = compared.difference, [found for found in compared.signatures if found.shows]
    confounders = [found.title for found in compared.fairness.confounders]
    return {
        "fairness": f"{_counted(len(confounders), 'thing')} besides the curriculum differ{'s' if len(confounders) == 1 else ''}"
        if confounders
        else "no difference besides the curriculum was found",
        "gaps": _deepest(compared),
        "beside": f"in {sum(gap.trough_at is not None for gap in compared.beside)} of {_counted(len(compared.beside), 'series', '')} something was lost",
        "signatures": f"in {len(shown)} of {len(compared.signatures)}",
        "forgetting": _forgotten(compared),
        "over_seeds": _told(compared),
        "finals": f"{_counted(len(compared.domains), 'domain')}, {_counted(len(compared.runs), 'run')}",
        "settings": f"{len(settings.settings)} differ, {settings.same} are the same",
    }


def _deepest(compared: Compared) -> str:
    lost = [gap for gap in compared.gaps if gap.trough_at is not None]
    if not lost:
        return "nothing was lost after a shift"
    worst = max(lost, key=lambda gap: gap.gap_depth)
    return f"deepest: {worst.domain} in {worst.name}, {worst.gap_depth:.2f} nats"


def _forgotten(compared: Compared) -> str:
    known = [row for row in compared.forgetting if row.forg is not None]
    if not known:
        return ""
    most = max(known, key=lambda row: row.forg)
    return f"most: {most.name}, {most.forg:+.2f} nats at the end"


def _told(compared: Compared) -> str:
    pairs = [row for row in compared.over_seeds if row.less is not None]
    if not pairs:
        return "means with intervals"
    return f"{sum(row.told for row in pairs)} of {_counted(len(pairs), 'difference')} can be told from chance"


def _counted(number: int, word: str, plural: str = "s") -> str:
    return f"{number} {word}{'' if number == 1 else plural}"

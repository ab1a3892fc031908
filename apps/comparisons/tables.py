"""The tables of a comparison as CSV, Markdown and LaTeX."""

import re
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse

from apps.common.csvs import attachment
from apps.common.csvs import csv_answer as answer
from apps.comparisons.latex import latex
from apps.comparisons.selectors import Compared
from apps.runs.series import names_apart

GAP_COLUMNS = (
    ("gap_depth", "gap depth (nats)"),
    ("trough_at", "trough at (tokens)"),
    ("recovery_at", "recovery at (tokens)"),
    ("gap_area", "gap area (nats)"),
    ("net_gain", "net gain (nats)"),
    ("peak_gain", "peak gain (nats)"),
    ("peak_at", "peak at (tokens)"),
    ("level", "level before (nats)"),
    ("relative_depth", "relative depth"),
    ("rewarming", "re-warming (nats)"),
    ("shift", "shift (nats)"),
    ("wf", "windowed forgetting (nats)"),
    ("wp", "windowed plasticity (nats)"),
)
FORGETTING_COLUMNS = (
    ("min_acc", "min-ACC (minus nats)"),
    ("wc_acc", "WC-ACC (minus nats)"),
    ("acc", "ACC (minus nats)"),
    ("forg", "FORG (nats)"),
    ("below_best", "below the best (nats)"),
    ("wf", "windowed forgetting (nats)"),
    ("wp", "windowed plasticity (nats)"),
    ("window", "window (evaluations)"),
    ("period_least", "least tokens between evaluations"),
    ("period_median", "median tokens between evaluations"),
    ("period_most", "most tokens between evaluations"),
)


def csv_answer(compared: Compared, *, name: str) -> StreamingHttpResponse:
    """Three tables one below the other, each under its title and parted by an empty line."""
    return answer(rows(compared), name=name)


def sections(compared: Compared) -> Iterator[tuple[list[str], list[list]]]:
    """(title, table) of each: the title in parts, the table with its header row."""
    head = ["run", "domain", "phase start (tokens)", *(title for _, title in GAP_COLUMNS), "sentence"]
    gaps = [
        [gap.name, gap.domain, gap.phase_start, *(getattr(gap, key) for key, _ in GAP_COLUMNS), gap.sentence]
        for gap in compared.gaps
    ]
    yield ["Stability gap", f"tolerance {compared.view.tolerance:g} nats"], [head, *gaps]
    base = compared.view.baseline
    versus = [f"loss minus that of {compared.finals[base - 1].name} (nats)"] if base else []
    finals = [
        [
            *(final.name, final.tokens, final.order, value.domain, value.loss, value.bits_per_byte),
            *([value.difference] if base else []),
        ]
        for final in compared.finals
        for value in final.measured
    ]
    yield ["Last evaluation"], [["run", "tokens", "order", "domain", "loss (nats)", "bits per byte", *versus], *finals]
    settings = [[setting.label, *setting.values] for setting in compared.difference.settings]
    yield ["Settings that differ"], [["setting", *names_apart(compared.runs)], *settings]
    if compared.beside:
        yield ["Gaps of tasks and averaged weights"], _beside(compared)
    if compared.forgetting:
        yield ["What was forgotten"], _forgetting(compared)
    if compared.over_seeds:
        yield ["Over seeds"], _over_seeds(compared)


def _beside(compared: Compared) -> list[list]:
    """In the measures' own units, without what only the loss of the last weights has."""
    columns = [(key, title.replace(" (nats)", "")) for key, title in GAP_COLUMNS[:9]]
    head = ["run", "domain", "measure", "phase start (tokens)", *(title for _, title in columns), "sentence"]
    facts = [[getattr(gap, key) for key, _ in columns] for gap in compared.beside]
    return [
        head,
        *(
            [gap.name, gap.domain, gap.measure, gap.phase_start, *values, gap.sentence]
            for gap, values in zip(compared.beside, facts, strict=True)
        ),
    ]


def _forgetting(compared: Compared) -> list[list]:
    head = ["run", "phase start (tokens)", "learned before", "learned now", *(title for _, title in FORGETTING_COLUMNS)]
    return [
        head,
        *(
            [
                *(row.name, row.phase_start, ", ".join(row.finished), ", ".join(row.learned_now)),
                *(getattr(row, key) for key, _ in FORGETTING_COLUMNS),
            ]
            for row in compared.forgetting
        ),
    ]


def _over_seeds(compared: Compared) -> list[list]:
    head = ["setting", "domain", "measure", "seeds", "mean (nats)", "low", "high"]
    head += [
        "less",
        "pairs",
        "difference (nats)",
        "low of the difference",
        "high of the difference",
        "told",
        "sentence",
    ]
    found = [head]
    for row in compared.over_seeds:
        own, less = row.own, row.less
        difference = (
            [row.reference, row.pairs, less.mean, less.low, less.high, "yes" if row.told else "no"]
            if less
            else [""] * 6
        )
        found.append(
            [row.setting, row.domain, row.measure, row.seeds, own.mean, own.low, own.high, *difference, row.sentence]
        )
    return found


def rows(compared: Compared) -> Iterator[list]:
    for place, (title, table) in enumerate(sections(compared)):
        if place:
            yield []
        yield title
        yield from table


def markdown(compared: Compared) -> str:
    """The same tables as sections, for a README or a pull request; names cannot become markup."""
    parts = []
    for title, (head, *body) in sections(compared):
        lines = [_line(head), f"|{' --- |' * len(head)}", *map(_line, body)]
        parts.append("\n".join([f"## {_cell(', '.join(title))}", "", *lines, ""]))
    return "\n".join(parts)


def _line(cells: list) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", " ".join(str(value).split()))


def _markdown_answer(compared: Compared, *, name: str) -> HttpResponse:
    return attachment(HttpResponse(markdown(compared), content_type="text/markdown; charset=utf-8"), f"{name}.md")


def _latex_answer(compared: Compared, *, name: str) -> HttpResponse:
    text = latex(sections(compared))
    return attachment(HttpResponse(text, content_type="application/x-tex; charset=utf-8"), f"{name}.tex")


#: By the ending of the file.
FORMS = {"csv": csv_answer, "md": _markdown_answer, "tex": _latex_answer}

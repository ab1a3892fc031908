"""The tables of a comparison as CSV."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse

from apps.common.csvs import csv_answer as answer
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
)


def csv_answer(compared: Compared, *, name: str) -> StreamingHttpResponse:
    """Three tables one below the other, each under its title and parted by an empty line."""
    return answer(rows(compared), name=name)


def rows(compared: Compared) -> Iterator[list]:
    yield ["Stability gap", f"tolerance {compared.view.tolerance:g} nats"]
    yield ["run", "domain", "phase start (tokens)", *(title for _, title in GAP_COLUMNS), "sentence"]
    for gap in compared.gaps:
        yield [gap.name, gap.domain, gap.phase_start, *(getattr(gap, key) for key, _ in GAP_COLUMNS), gap.sentence]
    yield []
    yield ["Last evaluation"]
    yield ["run", "tokens", "domain", "loss (nats)", "bits per byte"]
    for final in compared.finals:
        for value in final.measured:
            yield [final.name, final.tokens, value.domain, value.loss, value.bits_per_byte]
    yield []
    yield ["Settings that differ"]
    yield ["setting", *names_apart(compared.runs)]
    for setting in compared.difference.settings:
        yield [setting.label, *setting.values]

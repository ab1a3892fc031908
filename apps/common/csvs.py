"""CSV for downloads: streamed, and harmless in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from django.http import StreamingHttpResponse
from django.utils.text import slugify


class _Echo:
    def write(self, line: str) -> str:
        return line


def harmless(cell):
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"
    return cell


def csv_answer(rows: Iterable[Iterable], *, name: str) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        for row in rows:
            yield writer.writerow([harmless(cell) for cell in row])

    return attachment(StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8"), f"{name}.csv")


def attachment(response, name: str):
    """``response`` as a download under a plain file name."""
    path = PurePath(name)
    response["Content-Disposition"] = f'attachment; filename="{slugify(path.stem) or "download"}{path.suffix}"'
    return response

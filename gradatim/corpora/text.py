"""Plain text files (UTF-8; plain, .gz or .zst): a sample is a group of paragraphs, or every line is one.

Paragraphs are separated by blank lines and joined until a sample has at least ``min_chars`` characters; a shorter rest
joins the last sample.
"""

from collections.abc import Iterator

from gradatim.corpora.mapping import Mapping
from gradatim.corpora.rows import BATCH_BYTES, BATCH_ROWS, MAX_BYTES, BadRows, Batch, batch_of
from gradatim.corpora.streams import File, Stream, line_blocks, open_stream

PLACE = "line"


def read(file: File, mapping: Mapping, bad: BadRows) -> Iterator[Batch]:
    with open_stream(file) as stream:
        samples = _lines(stream, bad) if mapping.unit == "lines" else _groups(stream, mapping.min_chars, bad)
        row = size = 0
        starts: list[int] = []
        texts: list[str] = []
        for start, text in samples:
            starts.append(start)
            texts.append(text)
            size += len(text)
            if len(texts) == BATCH_ROWS or size >= BATCH_BYTES:
                yield _batch(row, starts, texts, mapping, stream)
                row, size, starts, texts = row + len(texts), 0, [], []
        if texts:
            yield _batch(row, starts, texts, mapping, stream)


def _batch(row: int, starts: list[int], texts: list[str], mapping: Mapping, stream: Stream) -> Batch:
    ids = map(str, range(row, row + len(texts)))
    return batch_of(ids, mapping.domain_name, None, texts, starts, stream.done, own_ids=False)


def _lines(stream: Stream, bad: BadRows) -> Iterator[tuple[int, str]]:
    for number, line in _numbered(stream, bad):
        if line.strip() and (text := _text(number, line.rstrip(b"\r"), bad)) is not None:
            yield number, text


def _groups(stream: Stream, min_chars: int, bad: BadRows) -> Iterator[tuple[int, str]]:
    """(line where it starts, sample); holds one sample back, so that a short rest can join it."""
    held: tuple[int, str] | None = None
    start, parts, chars = 0, [], 0
    for number, paragraph in _paragraphs(stream, bad):
        text = _text(number, paragraph, bad)
        if text is None:
            continue
        start = start if parts else number
        parts.append(text)
        chars += len(text)
        if chars >= min_chars:
            if held:
                yield held
            held, parts, chars = (start, "\n\n".join(parts)), [], 0
    if held and parts:
        yield held[0], "\n\n".join([held[1], *parts])
    elif held:
        yield held
    elif parts:
        yield start, "\n\n".join(parts)


def _paragraphs(stream: Stream, bad: BadRows) -> Iterator[tuple[int, bytes]]:
    start, lines, size = 0, [], 0
    for number, line in _numbered(stream, bad):
        if line.strip():
            start = start if lines else number
            size += len(line) + 1
            if size <= MAX_BYTES or not lines:  # the rest of an endless paragraph is counted, not kept
                lines.append(line)
        elif lines:
            yield from _paragraph(start, lines, size, bad)
            lines, size = [], 0
    if lines:
        yield from _paragraph(start, lines, size, bad)


def _paragraph(start: int, lines: list[bytes], size: int, bad: BadRows) -> Iterator[tuple[int, bytes]]:
    if size > MAX_BYTES:
        bad.add(start, f"the paragraph is longer than {MAX_BYTES >> 20} MB")
    else:
        yield start, b"\n".join(line.rstrip() for line in lines)


def _numbered(stream: Stream, bad: BadRows) -> Iterator[tuple[int, bytes]]:
    for first, block in line_blocks(stream, bad):
        yield from enumerate(block, first)


def _text(number: int, data: bytes, bad: BadRows) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = number + data[: error.start].count(b"\n")
        bad.add(line, "the text is not UTF-8")
        return None

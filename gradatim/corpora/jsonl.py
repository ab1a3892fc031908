"""JSON Lines: one object a line, UTF-8; plain, .gz or .zst. Blank lines are passed over."""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from gradatim.corpora.mapping import Mapping, getter
from gradatim.corpora.rows import BATCH_ROWS, BadRows, Batch, batch_of
from gradatim.corpora.streams import File, line_blocks, open_stream

PLACE = "line"


def read(file: File, mapping: Mapping, bad: BadRows) -> Iterator[Batch]:
    extract = _Extractor(mapping)
    row = 0
    with open_stream(file) as stream:
        for first, block in line_blocks(stream, bad):
            for start in range(0, len(block), BATCH_ROWS):
                lines = block[start : start + BATCH_ROWS]
                numbers = range(first + start, first + start + len(lines))
                if not all(map(bytes.strip, lines)):
                    kept = [(n, line) for n, line in zip(numbers, lines, strict=True) if line.strip()]
                    if not kept:
                        continue
                    numbers, lines = zip(*kept, strict=True)
                try:
                    batch = extract.at_once(lines, numbers, row, stream.done)
                except (ValueError, TypeError, LookupError, RecursionError, pa.ArrowException):
                    batch = extract.one_by_one(lines, numbers, row, stream.done, bad)
                row += len(lines)
                yield batch


def records(file: File, limit: int) -> list[dict]:
    """The first objects of the file; lines that are none are left out. For looking at a file before it is imported."""
    with open_stream(file) as stream:
        _, block = next(line_blocks(stream, BadRows(file.name, skip=True)), (1, []))
    found = []
    for line in block[: 4 * limit]:
        with contextlib.suppress(ValueError, RecursionError):
            if isinstance(record := json.loads(line.decode()), dict):
                found.append(record)
        if len(found) == limit:
            break
    return found


class _Extractor:
    """Lines to batches: all rows of a batch at once, and row by row only where that fails, to say which and why."""

    def __init__(self, mapping: Mapping):
        self._mapping = mapping
        self._mark = secrets.token_hex()
        self._text = getter(mapping.body)
        self._id = getter(mapping.id) if mapping.id else None
        self._domain = getter(mapping.domain) if mapping.domain else None
        self._prompt = getter(mapping.prompt) if mapping.prompt else None

    def at_once(self, lines: Sequence[bytes], numbers: Sequence[int], row: int, done: int) -> Batch:
        records = self._decoded(lines)
        texts = list(map(self._text, records))
        if self._id is None:
            ids = map(str, range(row, row + len(records)))
        else:
            ids = list(map(self._id, records))
            types = set(map(type, ids))
            if not types <= {str, int}:
                raise TypeError
            if int in types:
                ids = list(map(str, ids))
        domains = self._mapping.domain_name if self._domain is None else list(map(self._domain, records))
        prompts = None if self._prompt is None else list(map(self._prompt, records))
        return batch_of(ids, domains, prompts, texts, numbers, done, own_ids=self._id is not None)

    def _decoded(self, lines: Sequence[bytes]) -> list:
        """The values of lines, read as one list. A mark that no line can know stands between them: where every second value is
        one, each line is a value by itself; otherwise ``ValueError``."""
        between = f',"{self._mark}",'.encode()
        values = json.loads((b"[" + between.join(lines) + b"]").decode())
        marks = len(lines) - 1
        if len(values) != len(lines) + marks or values[1::2].count(self._mark) != marks:
            raise ValueError
        return values[::2]

    def one_by_one(self, lines: Sequence[bytes], numbers: Sequence[int], row: int, done: int, bad: BadRows) -> Batch:
        columns: list[tuple] = []
        for offset, (line, number) in enumerate(zip(lines, numbers, strict=True)):
            try:
                columns.append((*self._row(line, row + offset), number))
            except _Bad as error:
                bad.add(number, error.reason, kind=error.kind)
        ids, domains, prompts, texts, kept = zip(*columns, strict=True) if columns else ((),) * 5
        return batch_of(ids, domains, prompts, texts, kept, done, own_ids=self._id is not None)

    def _row(self, line: bytes, row: int) -> tuple[str | None, ...]:
        """id, domain, prompt and text of one line."""
        try:
            record = json.loads(line.decode())
        except UnicodeDecodeError as error:
            raise _Bad(f"byte {error.start + 1} is not UTF-8", "not UTF-8") from None
        except RecursionError:
            raise _Bad("the JSON is nested too deeply", "") from None
        except json.JSONDecodeError as error:
            what = error.msg.removesuffix(" at")
            raise _Bad(f"this is not JSON ({what.lower()} at character {error.pos + 1})", "not JSON") from None
        except ValueError as error:
            raise _Bad(f"this is not JSON ({error})", "not JSON") from None
        if not isinstance(record, dict):
            raise _Bad("an object with fields is expected", "") from None
        mapping = self._mapping
        text = _string(self._text, record, mapping.body)
        id_ = str(row) if self._id is None else _string(self._id, record, mapping.id, number=True)
        domain = mapping.domain_name if self._domain is None else _string(self._domain, record, mapping.domain)
        prompt = None
        if self._prompt is not None:
            prompt = _string(self._prompt, record, mapping.prompt, optional=True)
        return id_, domain, prompt, text


class _Bad(Exception):
    def __init__(self, reason: str, kind: str):
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


def _string(get: Callable, record: dict, field: str, *, number: bool = False, optional: bool = False) -> str | None:
    try:
        value = get(record)
    except (LookupError, TypeError):
        if optional:
            return None
        names = ", ".join(list(record)[:10]) or "none"
        raise _Bad(f'there is no field "{field}" (fields: {names})', f'no field "{field}"') from None
    if value is None:  # the checks judge what is missing
        return None
    if number and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _Bad(f'the field "{field}" is not text', "")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Bad(f'the field "{field}" holds half a character (a lone surrogate)', "") from None
    return value

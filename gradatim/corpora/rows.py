"""What a reader yields and what becomes of rows that cannot be used.

A reader turns a source into :class:`Batch` objects: candidate samples as Arrow columns with the place each came from.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gradatim.errors import UserError
from gradatim.events import Note

#: Rows a batch at most; a batch also ends when its texts reach BATCH_BYTES, so that memory stays bounded.
BATCH_ROWS = 4096
BATCH_BYTES = 32 << 20
#: Longest line and longest text of one sample, in bytes.
MAX_BYTES = 16 << 20
#: Bad rows that are listed one by one; the others are only counted.
LISTED = 100

#: What readers yield. ``text`` is the answer where a sample has a prompt; nulls are caught by the checks.
SCHEMA = pa.schema(
    [("id", pa.string()), ("domain", pa.string()), ("prompt", pa.string()), ("text", pa.string())],
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Candidate samples: ``rows`` of SCHEMA, ``lines`` int64 (rows,) where each starts in its source (from one).

    ``done`` says how much of the source has been read so far, in the source's own unit (bytes of the file as stored).
    ``own_ids`` is false where the ids are mere row numbers, which cannot clash.
    """

    rows: pa.RecordBatch
    lines: np.ndarray
    done: float
    own_ids: bool = True


def batch_of(
    ids: Iterable[str | None],
    domains: Iterable[str | None] | str,
    prompts: Iterable[str | None] | None,
    texts: list[str | None],
    lines: Iterable[int],
    done: float,
    own_ids: bool = True,
) -> Batch:
    """A batch from Python lists; ``domains`` may be one name for all. Raises Arrow's and Unicode errors as they are."""
    n = len(texts)
    arrays = [
        pa.array(ids, pa.string()),
        pa.repeat(pa.scalar(domains, pa.string()), n) if isinstance(domains, str) else pa.array(domains, pa.string()),
        pa.nulls(n, pa.string()) if prompts is None else pa.array(prompts, pa.string()),
        pa.array(texts, pa.string()),
    ]
    rows = pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
    return Batch(rows, np.fromiter(lines, np.int64, n), done, own_ids)


class BadRows:
    """Rows that cannot be used: the first ends the import, or (``skip``) they are counted and the first 100 listed.

    ``place`` is what a row's number means in sentences: line (of a text file) or row (of a table).
    """

    def __init__(self, name: str, *, skip: bool = False, place: str = "line"):
        self.name = name
        self.skip = skip
        self.place = place
        self.count = 0
        self.reasons: Counter[str] = Counter()
        self.listed: list[dict] = []

    def add(self, line: int, reason: str, *, kind: str = "") -> None:
        """``reason`` completes "prose.jsonl, line 17: ..."; ``kind`` groups reasons that quote the row itself."""
        if not self.skip:
            raise UserError(f"{self.name}, {self.place} {line}: {reason}.", field="source")
        self.count += 1
        self.reasons[kind or reason] += 1
        if len(self.listed) < LISTED:
            self.listed.append({self.place: int(line), "reason": reason})

    def in_order(self) -> list[dict]:
        """The listed rows by place: within a batch, what is no row at all is found before what is an unusable one."""
        return sorted(self.listed, key=lambda row: row[self.place])

    def refusal(self) -> UserError:
        """Why nothing is imported, with the places of the first bad rows; there must be one."""
        listed = self.in_order()
        first = listed[0]
        sentence = f"{self.name}, {self.place} {first[self.place]}: {first['reason']}."
        if self.count > 1:
            others = [str(entry[self.place]) for entry in listed[1:9]]
            more = f" and {self.count - 9:,} more" if self.count > 9 else ""
            noun = "row" if self.count == 2 else "rows"
            places = f"{self.place}{'s' if self.count > 2 else ''} {', '.join(others)}{more}"
            sentence += f" {self.count - 1:,} other {noun} cannot be used either: {places}."
        return UserError(sentence, field="source")

    def notes(self) -> list[Note]:
        """A line for the log for each row that is listed."""
        return [Note(f"{self.place} {row[self.place]}: {row['reason']}", level="warning") for row in self.in_order()]

    def note(self) -> Note | None:
        """What was skipped, for the log; None where nothing was."""
        if not self.count:
            return None
        noun = "row was" if self.count == 1 else "rows were"
        listed = self.in_order()
        first = listed[0]
        where = f"{self.place} {first[self.place]}: {first['reason']}"
        text = f"{self.count:,} bad {noun} skipped in {self.name}; first, {where}."
        data = {"file": self.name, "bad_rows": self.count, "reasons": dict(self.reasons), "first": listed}
        return Note(text, level="warning", data=data)

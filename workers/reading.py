"""What a child says, from the file that it writes: events as they come, and what earlier attempts had measured."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from gradatim.events import Event, Metric, Note, Resumed, Weights, from_line

#: What the series of a run are made of.
MEASURED = (Metric, Weights, Resumed)
#: Before the first step: nothing that was measured before counts.
FROM_THE_START = Resumed(step=-1, tokens=0)
READ_AT_ONCE = 4_000_000
Timed = tuple[Event, float]


class Reader:
    """Complete lines of a growing file. A line that is no event is what a library printed: a note."""

    def __init__(self, path: Path):
        self._file = path.open("rb")
        self._rest = b""

    def read(self) -> list[Timed]:
        """What is new, up to a few megabytes; empty where nothing is."""
        data = self._file.read(READ_AT_ONCE)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > READ_AT_ONCE:
            lines, self._rest = [*lines, self._rest], b""
        return [parse(line) for line in lines if line.strip()]

    def drain(self) -> Iterator[list[Timed]]:
        """All that is left once the writer has ended, the unfinished last line included."""
        while batch := self.read():
            yield batch
        if self._rest.strip():
            yield [parse(self._rest)]
            self._rest = b""

    def close(self) -> None:
        self._file.close()


def parse(line: bytes) -> Timed:
    text = line.decode(errors="replace")
    try:
        event, at = from_line(text)
        return event, float(at)
    except (ValueError, TypeError, KeyError):
        return Note(text.rstrip()), time.time()


def measured_before(events: Iterable[Path]) -> list[Timed]:
    """What earlier attempts measured, from their event files, oldest first.

    A supervisor that was killed has not saved the last of it, and a resumed child does not measure it again.
    """
    found: list[Timed] = []
    for number, path in enumerate(path for path in events if path.is_file()):
        reader = Reader(path)
        said = [timed for batch in reader.drain() for timed in batch if isinstance(timed[0], MEASURED)]
        reader.close()
        if number and said and not isinstance(said[0][0], Resumed):
            found = []
        found += said
    return found

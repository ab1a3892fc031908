"""What makes a candidate sample unusable, whatever its format: empty, too long, without id or domain, an id used twice."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gradatim.corpora.rows import MAX_BYTES, SCHEMA, BadRows, Batch


def checked(batches: Iterable[Batch], bad: BadRows) -> Iterator[Batch]:
    """The usable rows of each batch; the others go to ``bad``, in the order of their lines. Empty prompts become null."""
    seen = Seen()
    for batch in batches:
        rows = _without_empty_prompts(batch.rows)
        problems = dict(_problems(rows))
        usable = np.ones(len(rows), dtype=bool)
        usable[list(problems)] = False
        if batch.own_ids:
            kept = np.flatnonzero(usable)
            ids = rows["id"].take(pa.array(kept)).to_pylist()
            for i in np.flatnonzero(seen.repeats(ids)):
                problems[int(kept[i])] = (f'the id "{ids[i][:80]}" was used before', "id used before")
                usable[kept[i]] = False
        for index in sorted(problems):
            reason, kind = problems[index]
            bad.add(int(batch.lines[index]), reason, kind=kind)
        if problems:
            rows = rows.filter(pa.array(usable))
        yield replace(batch, rows=rows, lines=batch.lines[usable])


def _without_empty_prompts(rows: pa.RecordBatch) -> pa.RecordBatch:
    prompt = rows["prompt"]
    if prompt.null_count == len(prompt):
        return rows
    prompt = pc.if_else(pc.equal(prompt, ""), pa.scalar(None, pa.string()), prompt)
    return pa.RecordBatch.from_arrays([rows["id"], rows["domain"], prompt, rows["text"]], schema=SCHEMA)


def _problems(rows: pa.RecordBatch) -> Iterator[tuple[int, tuple[str, str]]]:
    """(row index, (reason, its kind)); a row with several problems is told its last, which is the gravest."""
    for name in ("prompt", "text"):
        too_long = pc.greater(pc.binary_length(rows[name]), MAX_BYTES)
        for index in _true(too_long):
            yield index, (f"the {name} is longer than {MAX_BYTES >> 20} MB", "")
    for name, reason in (("domain", "there is no domain"), ("id", "there is no id"), ("text", "the text is empty")):
        column = rows[name]
        blank = pc.or_(pc.equal(pc.binary_length(column), 0), pc.utf8_is_space(column))
        for index in _true(pc.or_kleene(blank, pc.is_null(column))):
            yield index, (reason, "")


def _true(mask: pa.Array) -> list[int]:
    return np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)).tolist()


class Seen:
    """Ids met so far, as sorted runs of 64-bit keys: 8 bytes an id. Two ids are taken for one once in 10^12 pairs of runs
    of a million; keys are salted in each process, so nobody can provoke that."""

    def __init__(self):
        self._runs: list[np.ndarray] = []

    def repeats(self, ids: list[str]) -> np.ndarray:
        """bool (ids,): true where an id was met before, in an earlier call or earlier in this one."""
        keys = np.fromiter(map(hash, ids), np.int64, len(ids))
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        repeated = np.zeros(len(ids), dtype=bool)
        repeated[order[1:]] = ordered[1:] == ordered[:-1]
        for run in self._runs:
            found = np.searchsorted(run, keys)
            repeated |= run[np.minimum(found, len(run) - 1)] == keys
        if len(ids):
            self._runs.append(ordered)
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")
        return repeated

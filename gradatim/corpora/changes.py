"""What changed from one version of a dataset to the next: rows added, removed and changed, matched by their ids."""

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from gradatim.corpora.store import Dataset


def changes(old: Dataset, new: Dataset) -> dict[str, int]:
    """Numbers of rows ``added``, ``removed``, ``changed`` (same id, another domain, prompt or text) and ``same``.

    Ids and contents are compared by 64-bit keys, salted in each process: 16 bytes a row of memory, and two different
    rows are taken for one about once in 10^7 comparisons of a million rows.
    """
    old_ids, new_ids = _keys(old, ("id",)), _keys(new, ("id",))
    order = np.argsort(old_ids, kind="stable")
    found = np.searchsorted(old_ids, new_ids, sorter=order)
    partner = order[np.minimum(found, len(order) - 1)]
    matched = old_ids[partner] == new_ids
    contents = ("domain", "prompt", "text")
    same = _keys(old, contents)[partner[matched]] == _keys(new, contents)[matched]
    both, equal = int(matched.sum()), int(same.sum())
    return {"added": new.rows - both, "removed": old.rows - both, "changed": both - equal, "same": equal}


def partners(old: Dataset, new: Dataset) -> np.ndarray:
    """int64 (rows of ``new``,): for each row the row of ``old`` with the same id; -1 where there is none."""
    found = pc.index_in(new.column("id"), value_set=old.column("id").combine_chunks())
    return found.fill_null(-1).to_numpy().astype(np.int64)


def _keys(dataset: Dataset, columns: Sequence[str]) -> np.ndarray:
    """int64 (rows,): a key of the values of ``columns`` in each row."""
    keys = np.empty(dataset.rows, dtype=np.int64)
    start = 0
    for batch in dataset.batches(columns):
        values = zip(*(batch[name].to_pylist() for name in columns), strict=True)
        keys[start : start + len(batch)] = np.fromiter(map(hash, values), np.int64, len(batch))
        start += len(batch)
    return keys

"""Orderings as one would write them with numpy, Polars and DuckDB: what the benchmarks compare with.

Each engine sorts stably and then deals positions out by what it is best at: slices, or a second ORDER BY. They hold the scores in their own
form beforehand, and hand their result over as a numpy array. What needs Python's shuffle has numpy and the standard library alone
as a peer: no engine can make that order.
"""

import random

import numpy as np

#: (first position, end, layers, turned) of the parts of the sorted order that are dealt into layers; the rest stays as it is
Region = tuple[int, int, int, bool]
DEALT = ("sorting", "folding", "zigzag", "stair", "saw")
PEERS = (*DEALT, "shuffle", "segment")


def regions(name: str, n: int) -> list[Region]:
    """The published defaults of each ordering that is a rearrangement of the sorted samples."""
    if name == "sorting":
        return []
    if name in ("folding", "zigzag"):
        return [(0, n, 5, name == "zigzag")]
    sections, ratio, layers = {"stair": (2, 0.225, 3), "saw": (3, 0.075, 2)}[name]
    radius = round(n * ratio)
    splits = [round(n * k / sections) for k in range(1, sections)]
    return [(split - radius, split + radius, layers, name == "saw") for split in splits]


def numpy_peer(name: str, scores: np.ndarray):
    """A function without arguments that gives the order."""
    if name in DEALT:
        dealt = regions(name, len(scores))
        return lambda: _dealt(np.argsort(scores, kind="stable"), dealt, np.concatenate)
    return (lambda: _shuffled(len(scores))) if name == "shuffle" else (lambda: _segmented(scores))


def _dealt(by_score, dealt: list[Region], concatenate):
    parts, cursor = [], 0
    for start, stop, layers, turned in dealt:
        parts.append(by_score[cursor:start])
        region = by_score[start:stop]
        parts += [region[k::layers][::-1] if turned and k % 2 else region[k::layers] for k in range(layers)]
        cursor = stop
    return concatenate([*parts, by_score[cursor:]])


def _shuffled(n: int, rng: random.Random | None = None, items: list[int] | None = None) -> np.ndarray:
    items = list(range(n)) if items is None else items
    (rng or random.Random(0)).shuffle(items)
    return np.array(items, np.uint32)


def _segmented(scores: np.ndarray) -> np.ndarray:
    by_score, tenth, rng = np.argsort(scores, kind="stable"), len(scores) // 10, random.Random(0)
    parts = (by_score[:tenth], by_score[tenth:-tenth], by_score[-tenth:])
    return np.concatenate([_shuffled(len(part), rng, part.tolist()) for part in parts])


def polars_peers(name: str, scores: np.ndarray) -> list:
    """Several ways to sort stably: which is fastest depends on the version. Empty where none can make the order."""
    if name not in DEALT:
        return []
    import polars

    column, dealt = polars.Series("s", scores), regions(name, len(scores))
    frame = polars.DataFrame({"s": column}).with_row_index("i")
    ways = (
        lambda: column.arg_sort(),
        lambda: frame.select(polars.col("i").sort_by("s", maintain_order=True)).to_series(),
        lambda: frame.sort("s", "i")["i"],
    )
    return [lambda way=way: _dealt(way(), dealt, polars.concat).to_numpy() for way in ways]


def duckdb_peer(name: str, scores: np.ndarray):
    """One query; None where none can make the order."""
    if name not in DEALT:
        return None
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.register("arrow", pa.table({"i": np.arange(len(scores), dtype=np.uint32), "s": scores}))
    connection.execute("CREATE TABLE samples AS SELECT * FROM arrow")
    query = _query(regions(name, len(scores)))
    return lambda: connection.execute(query).fetchnumpy()["i"]


def _query(dealt: list[Region]) -> str:
    if not dealt:
        return "SELECT i FROM samples ORDER BY s, i"
    places, layers, within = [], [], []
    for number, (start, stop, count, turned) in enumerate(dealt):
        inside = f"WHEN r >= {start} AND r < {stop} THEN"
        places += [f"WHEN r < {start} THEN {2 * number}", f"WHEN r < {stop} THEN {2 * number + 1}"]
        layers.append(f"{inside} (r - {start}) % {count}")
        if turned:
            within.append(f"WHEN r >= {start} AND r < {stop} AND (r - {start}) % {count} % 2 = 1 THEN -r")
    keys = [f"CASE {' '.join(places)} ELSE {2 * len(dealt)} END", f"CASE {' '.join(layers)} ELSE 0 END"]
    keys.append(f"CASE {' '.join(within)} ELSE r END" if within else "r")
    ranked = "SELECT i, row_number() OVER (ORDER BY s, i) - 1 AS r FROM samples"
    return f"SELECT i FROM ({ranked}) ORDER BY {', '.join(keys)}"

"""What the benchmarks compare with makes the same orders, and what they measure processes with tells the truth."""

import json

import numpy as np
import pytest

from benchmarks import engines, made, measuring
from gradatim import registry
from gradatim.seeds import Seed
from gradatim.types import OrderContext

SCORES = np.random.default_rng(0).normal(size=5003).astype(np.float32).round(2)


@pytest.mark.parametrize("name", engines.PEERS)
def test_every_peer_gives_the_order_of_the_library(name):
    method = registry.load("orderings", name)
    order = method.order(OrderContext(len(SCORES), SCORES), method.Params(), Seed(0))[0]
    assert np.array_equal(engines.numpy_peer(name, SCORES)(), order)
    if query := engines.duckdb_peer(name, SCORES):
        assert np.array_equal(query(), order)


@pytest.mark.parametrize("name", engines.DEALT)
def test_every_way_to_say_it_in_polars_gives_the_order_of_the_library(name):
    expected = engines.numpy_peer(name, SCORES)()
    assert all(np.array_equal(way(), expected) for way in engines.polars_peers(name, SCORES))


def test_the_memory_of_a_process_is_its_own_and_not_that_of_who_measures():
    held = np.ones(300 << 20, np.uint8)
    small = measuring.python("-c", "pass")
    large = measuring.python("-c", "bytearray(200 << 20)")
    assert small.peak < 100 << 20 < 200 << 20 < large.peak < len(held)
    assert small.seconds > 0


def test_a_measured_process_that_fails_ends_the_benchmark():
    with pytest.raises(SystemExit, match="ended with 3"):
        measuring.python("-c", "raise SystemExit(3)")


def test_made_lines_are_json_of_about_a_kilobyte_and_the_same_every_time(tmp_path):
    for name in "ab":
        made.json_lines(tmp_path / name, 300)
    rows = [json.loads(line) for line in (tmp_path / "a").read_bytes().splitlines()]
    assert [row["id"] for row in rows] == [str(i) for i in range(300)]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert 900 < (tmp_path / "a").stat().st_size / 300 < 1100

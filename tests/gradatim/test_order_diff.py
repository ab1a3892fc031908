"""What became of a stream's samples: against a count by hand, sample by sample."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import order_diff
from gradatim.streams import Columns

ROWS = 24


@st.composite
def sides(draw):
    """(kept positions, an order of them in which some may come twice)"""
    kept = sorted(draw(st.sets(st.integers(0, ROWS - 1))))
    order = draw(st.permutations(kept)) + draw(st.lists(st.sampled_from(kept or [0]), max_size=4 if kept else 0))
    return np.array(kept, np.uint32), np.array(order, np.uint32)


def by_hand(before, after) -> order_diff.OrderDiff:
    (kept, order), (kept_now, order_now) = [
        (set(k.tolist()), list(dict.fromkeys(o.tolist()))) for k, o in (before, after)
    ]
    shared = set(order) & set(order_now)
    order, order_now = ([p for p in found if p in shared] for found in (order, order_now))
    shifts = sorted(abs(order.index(p) - order_now.index(p)) for p in shared)
    n = len(shifts)
    counts = len(kept & kept_now), len(kept - kept_now), len(kept_now - kept), n
    if not n:
        return order_diff.OrderDiff(*counts, None, None, None, None)
    correlation = None
    if n > 1:
        correlation = float(np.corrcoef([order.index(p) for p in shared], [order_now.index(p) for p in shared])[0, 1])
    moved = sum(shift > order_diff.STILL * n for shift in shifts) / n
    most = next(s for s in shifts if sum(shift <= s for shift in shifts) * 100 >= 95 * n)
    return order_diff.OrderDiff(*counts, correlation, moved, sum(shifts) / n / n, most / n)


def close(found: order_diff.OrderDiff, wanted: order_diff.OrderDiff) -> bool:
    pairs = [(getattr(found, name), getattr(wanted, name)) for name in order_diff.OrderDiff.__slots__]
    return all(a is b is None or (a is not None and a == pytest.approx(b, abs=1e-9)) for a, b in pairs)


@given(sides(), sides())
def test_every_figure_is_what_counting_by_hand_gives(before, after):
    assert close(order_diff.compare(before, after), by_hand(before, after))


@given(sides(), sides(), st.permutations(range(ROWS)))
def test_samples_of_another_dataset_version_are_found_at_their_partners(before, after, partner):
    known = np.array(partner)
    there = np.argsort(known).astype(np.uint32)  # the row of the later version that is row p of the earlier one
    elsewhere = (np.sort(there[after[0]]), there[after[1]])
    assert close(order_diff.compare(before, elsewhere, known), by_hand(before, after))


def test_a_sample_without_a_partner_is_kept_by_the_later_version_alone():
    kept = np.arange(4, dtype=np.uint32)
    found = order_diff.compare((kept, kept), (kept, kept[::-1].copy()), np.array([0, -1, 2, -1]))
    assert (found.both, found.only_before, found.only_after) == (2, 2, 2)
    assert (found.compared, found.correlation) == (2, -1)


def test_samples_that_go_do_not_move_those_that_stay():
    order = np.random.default_rng(0).permutation(1000).astype(np.uint32)
    fewer = order[order % 3 > 0]
    found = order_diff.compare((np.sort(order), order), (np.sort(fewer), fewer))
    assert (found.correlation, found.moved, found.only_before, found.same) == (1, 0, 334, False)
    assert found.overlap == pytest.approx(0.666)


def test_one_sample_that_goes_to_the_end_is_one_that_moved():
    order = np.arange(5000, dtype=np.uint32)
    found = order_diff.compare((order, order), (order, np.roll(order, -1)))
    assert found.moved == 1 / 5000  # the others closed the gap


def test_turned_round_an_order_correlates_by_minus_one():
    order = np.arange(1000, dtype=np.uint32)
    found = order_diff.compare((order, order), (order, order[::-1].copy()))
    assert found.correlation == -1
    assert found.mean == pytest.approx(0.5)
    assert found.most == pytest.approx(0.95, abs=0.002)


def test_tokens_are_counted_by_domain_on_both_sides():
    data = Columns(
        np.zeros(4, bool), np.array([0, 0, 1, 1], np.int32), ["code", "prose"], np.array([5, 6, 7, 8], np.int32)
    )
    other = Columns(np.zeros(2, bool), np.array([0, 1], np.int32), ["web", "code"], np.array([1, 2], np.int32))
    found = order_diff.tokens_by_domain((data, np.array([0, 2])), (other, np.array([0, 1])))
    assert [(row.name, row.before, row.after) for row in found] == [("code", 5, 2), ("prose", 7, 0), ("web", 0, 1)]


def test_a_million_samples_take_a_moment():
    order = np.random.default_rng(0).permutation(1_000_000).astype(np.uint32)
    kept = np.arange(1_000_000, dtype=np.uint32)
    start = time.process_time()
    found = order_diff.compare((kept, order), (kept, kept))
    assert time.process_time() - start < 0.6  # 0.15 s on a quiet machine
    assert abs(found.correlation) < 0.01

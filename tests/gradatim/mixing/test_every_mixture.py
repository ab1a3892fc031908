"""What every mixture of the registry promises: a new file is tested because it exists."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import mixtures, params, registry, specs
from gradatim.errors import Unsized
from gradatim.interleave import Interleaver, Source
from gradatim.types import MixContext

NAMES = registry.names("mixing")
every_mixture = pytest.mark.parametrize("name", NAMES)
sizes = st.lists(st.integers(1, 10**9), min_size=1, max_size=6)


def context_of(tokens: list[int], budget: int = 1000) -> MixContext:
    streams = tuple(f"s{k}" for k in range(len(tokens)))
    return MixContext(streams, dict(zip(streams, tokens, strict=True)), budget)


def phase_of(name: str, streams: tuple[str, ...], budget: int) -> specs.Phase:
    named = [{"name": stream, "dataset": "0" * 64} for stream in streams]
    return specs.parse(specs.Phase, {"name": "main", "tokens": budget, "streams": named, "mixture": {"method": name}})


@every_mixture
@given(sizes, st.integers(1, 10**9), st.floats(0, 1))
def test_shares_are_of_the_streams_in_their_order_and_sum_to_one(name, tokens, budget, progress):
    module, context = registry.load("mixing", name), context_of(tokens, budget)
    shares = module.weights(progress, context, params.parse(module.Params, None))
    assert list(shares) == list(context.streams)
    assert math.fsum(shares.values()) == pytest.approx(1, abs=1e-9)
    assert all(share >= 0 for share in shares.values())


@every_mixture
def test_the_same_call_gives_the_same_shares(name):
    module, context = registry.load("mixing", name), context_of([700, 30, 5])
    chosen = params.parse(module.Params, None)
    assert module.weights(0.3, context, chosen) == module.weights(0.3, context, chosen)


@every_mixture
@given(st.floats(0, 1))
def test_one_that_says_it_is_constant_is_the_same_all_along(name, progress):
    module, context = registry.load("mixing", name), context_of([700, 30, 5])
    if getattr(module, "constant", False):
        chosen = params.parse(module.Params, None)
        assert module.weights(progress, context, chosen) == module.weights(0.0, context, chosen)


@every_mixture
def test_a_mixture_that_follows_sizes_says_so_while_there_are_none(name):
    module = registry.load("mixing", name)
    chosen, unsized = params.parse(module.Params, None), MixContext(("s0", "s1", "s2"))
    try:
        shares = module.weights(0.3, unsized, chosen)
    except Unsized:
        return
    assert shares == module.weights(0.3, context_of([700, 30, 5]), chosen)


@every_mixture
@settings(max_examples=15)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=4), st.integers(1, 3000))
def test_a_plan_follows_the_planned_shares_to_the_token_and_passes_the_budget_by_none(name, lengths, budget):
    """Samples of one token: what a stream gets is its share of the budget, off by less than one a stream and segment."""
    streams = tuple(f"s{k}" for k in range(len(lengths)))
    known = dict(zip(streams, lengths, strict=True))
    mixture = mixtures.mixture_of(phase_of(name, streams, budget), known)

    def passes(tokens):
        return lambda epoch: (np.arange(tokens), np.ones(tokens, int))

    interleaver = Interleaver([Source(s, passes(known[s])) for s in streams], mixture.at, budget)
    while not interleaver.done:
        interleaver.take()
    assert sum(interleaver.consumed) == interleaver.tokens == budget
    for stream, had in zip(streams, interleaver.consumed, strict=True):
        promised = _promised(mixture, stream, budget)
        assert abs(had - promised) <= len(streams) * (1 if mixture.constant else 3) + 1e-6


def _promised(mixture: mixtures.Mixture, stream: str, budget: int) -> float:
    """The planned share at each token, summed."""
    k = mixture.streams.index(stream)
    return sum(float(mixture.table[min(1023, token * 1024 // budget)][k]) for token in range(budget))


@every_mixture
@settings(max_examples=10)
@given(sizes, st.integers(1, 10**6), st.floats(0.01, 1))
def test_parts_average_to_the_whole_and_so_far_is_the_average_of_what_was(name, tokens, budget, progress):
    context = context_of(tokens, budget)
    mixture = mixtures.mixture_of(phase_of(name, context.streams, budget), context.sizes)
    parts = mixture.in_parts()
    assert mixtures.planned_until(parts, 1.0) == pytest.approx(mixture.mean)
    so_far = mixtures.planned_until(parts, progress)
    assert sum(so_far.values()) == pytest.approx(1)
    assert mixtures.planned_until(parts, 1e-9) == pytest.approx(parts[0])

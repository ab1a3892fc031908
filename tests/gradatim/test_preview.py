"""A preview tells what the plan will do: the same samples, the same first pass, the same shares of tokens."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import curriculum, mixtures, preview, specs
from gradatim.errors import UserError
from gradatim.seeds import Seed
from gradatim.streams import Columns
from tests.gradatim.made_data import TOKENIZER, Made


@pytest.fixture
def made(tmp_path) -> Made:
    return Made.regular(tmp_path / "made")


def document(made: Made, *, tokens: int = 900, first: dict | None = None, weights: dict | None = None) -> dict:
    scored = {"dataset": made.dataset.digest, "scores": made.score_set.digest}
    saw = {"method": "saw", "params": {"sections": 2, "transition_ratio": 0.1, "layers": 3}}
    streams = [
        {"name": "a", **scored, "ordering": saw, "jitter_window": 3, **(first or {})},
        {"name": "b", **scored, "selection": {"method": "top_r", "params": {"ratio": 0.5}}},
    ]
    mixture = {"method": "static", "params": {"weights": weights or {"a": 3, "b": 1}}}
    phase = {"name": "only", "tokens": tokens, "streams": streams, "mixture": mixture}
    return {"tokenizer": TOKENIZER, "phases": [phase]}


def seen(made: Made, spec: specs.Curriculum, **more) -> list[tuple[Columns, preview.StreamView]]:
    views = []
    for j, stream in enumerate(spec.phases[0].streams):
        data = curriculum.read_columns(stream, TOKENIZER, made.inputs)
        where = f"phases.0.streams.{j}"
        seed = Seed(0).child(0, stream.name)
        views.append((data, preview.stream_view(stream, data, seed, field=where, **more)))
    return views


def test_the_first_pass_of_the_preview_is_the_first_pass_of_the_plan(made, tmp_path):
    spec = specs.parse(specs.Curriculum, document(made))
    list(curriculum.resolve(spec, 0, made.inputs, tmp_path / "out"))
    plan = curriculum.Plan(tmp_path / "out" / "plan")
    for j, (_, view) in enumerate(seen(made, spec)):
        mine = (np.asarray(plan.stream) == j) & (np.asarray(plan.epoch) == 0)
        planned = np.asarray(plan.position)[mine]
        np.testing.assert_array_equal(view.order[: len(planned)], planned)
        assert len(view.kept) == plan.streams[j]["kept"]
        assert not view.sampled


def test_planned_tokens_and_passes_are_those_of_the_plan_up_to_a_sample(made, tmp_path):
    spec = specs.parse(specs.Curriculum, document(made, first={"epochs": 1}))
    list(curriculum.resolve(spec, 0, made.inputs, tmp_path / "out"))
    (phase,) = curriculum.Plan(tmp_path / "out" / "plan").phases
    views = dict(zip("ab", seen(made, spec), strict=True))
    mixture = mixtures.mixture_of(spec.phases[0], {name: view.tokens for name, (_, view) in views.items()})
    shares = mixture.mean
    assert shares == pytest.approx(phase["weights"])
    room = {name: view.passes.room(1 if name == "a" else None) for name, (_, view) in views.items()}
    given = preview.served(900, [shares], room)
    longest = int(made.lengths.max())
    for name, tokens in given.tokens.items():
        passes = views[name][1].passes
        assert tokens == pytest.approx(phase["consumed"][name] * phase["planned_tokens"], abs=2 * longest)
        assert passes.passes(tokens) == pytest.approx(phase["epochs"][name], abs=2 * longest / passes.room(1))


def test_many_samples_are_drawn_from_a_random_part_and_counted_whole(made):
    spec = specs.parse(specs.Curriculum, document(made))
    (_, whole), _ = seen(made, spec)
    (_, part), _ = seen(made, spec, drawn=len(whole.kept) // 2)
    assert part.sampled
    assert 0 < len(part.order) < len(whole.order)
    assert len(np.unique(part.order)) == len(part.order)
    assert (part.tokens, len(part.kept)) == (whole.tokens, len(whole.kept))


def test_the_passes_of_an_ordering_that_repeats_are_drawn_as_far_as_the_budget_goes_and_no_further(made):
    spec = specs.parse(specs.Curriculum, document(made)).phases[0].streams[0]
    data = curriculum.read_columns(spec, TOKENIZER, made.inputs)

    def view(promised, drawn=preview.DRAWN, **change):
        subset = specs.Method(method="random_subset", params={"share": 0.1})
        stream = spec.model_copy(update={"ordering": subset, "jitter_window": 0} | change)
        return preview.stream_view(stream, data, Seed(0).child(0, "a"), promised=promised, drawn=drawn)

    assert len(view(0).order) == len(view(190).order) == 19
    assert len(view(191).order) == 38
    assert len(view(1900).order) == 190
    assert len(view(10**9).order) == preview.PASSES * 19
    assert len(view(10**9, epochs=4).order) == 4 * 19
    assert view(10**9, epochs=4).passes.room(4) == 760
    assert view(10**9).passes.passes(10**9) == pytest.approx(10**9 / 190)
    part = view(1900, drawn=100)
    assert part.sampled and part.passes.room(10) == pytest.approx(1900, rel=0.2)


@given(st.data())
def test_tokens_of_passes_are_counted_whole_and_in_part(draw):
    rows = draw.draw(st.lists(st.lists(st.integers(1, 50), min_size=2, max_size=2), min_size=1, max_size=5))
    held = preview.PassTokens(np.array(rows, np.float64))
    tokens = draw.draw(st.floats(0, 1000))
    passes = held.passes(tokens)
    assert held.by_domain(tokens).sum() == pytest.approx(tokens)
    whole = int(passes)
    assert held.room(whole) <= tokens + 1e-6 and tokens < held.room(whole + 1) + 1e-6
    assert held.passes(held.room(whole + 1)) == pytest.approx(whole + 1)
    assert held.room(None) == float("inf")


def test_a_window_larger_than_the_kept_samples_is_refused_at_its_field(made):
    spec = specs.parse(specs.Curriculum, document(made, first={"jitter_window": 10_000}))
    with pytest.raises(UserError, match="larger than the") as refused:
        seen(made, spec)
    assert refused.value.field == "phases.0.streams.0.jitter_window"


def test_remarks_of_an_order_stand_at_the_settings_paths_in_the_document(made):
    saw = {"method": "saw", "params": {"sections": 3, "transition_ratio": 0.3}}
    spec = specs.parse(specs.Curriculum, document(made, first={"ordering": saw}))
    (_, told), (_, plain) = seen(made, spec)
    where = "phases.0.streams.0.ordering.params"
    assert [remark.field for remark in told.remarks] == [f"{where}.transition_ratio", f"{where}.layers"]
    assert plain.remarks == []


def test_a_domain_is_passed_through_as_often_as_its_streams_together(made):
    spec = specs.parse(specs.Curriculum, document(made))
    (data, a), (_, b) = seen(made, spec)
    drawn = [view.passes.by_domain(passes * view.tokens) for view, passes in ((a, 2), (b, 1))]
    domains = preview.by_domain([(data, a.kept, drawn[0]), (data, b.kept, drawn[1])])
    drawn = sum(view.tokens * view.passes for view in domains)
    assert drawn == pytest.approx(2 * a.tokens + b.tokens)
    assert sum(view.rows for view in domains) == len(np.union1d(a.kept, b.kept))


def test_what_is_missing_is_not_rounded_up_for_a_rounding():
    found = preview.served(174, [{"a": 0.6, "b": 0.4}], {"a": 2.0, "b": 171.0})
    assert sum(found.tokens.values()) == pytest.approx(173) and found.missing == 1


@given(st.data())
def test_a_budget_is_served_whole_or_what_is_missing_is_said(draw):
    names = [f"s{k}" for k in range(draw.draw(st.integers(1, 4)))]
    raw = {name: draw.draw(st.integers(0, 5)) for name in names}
    raw[names[0]] += 1
    shares = {name: weight / sum(raw.values()) for name, weight in raw.items()}
    one_pass = {name: draw.draw(st.integers(1, 100)) for name in names}
    epochs = {name: draw.draw(st.none() | st.integers(1, 4)) for name in names}
    budget = draw.draw(st.integers(1, 500))
    room = {name: preview.PassTokens(np.array([[one_pass[name]]])).room(epochs[name]) for name in names}
    found = preview.served(budget, [shares], room)
    assert sum(found.tokens.values()) + found.missing == pytest.approx(budget)
    for name in names:
        assert epochs[name] is None or found.tokens[name] <= epochs[name] * one_pass[name] + 1e-6
        assert shares[name] or not found.tokens[name]

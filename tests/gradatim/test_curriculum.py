"""What a plan promises: nothing held out, budgets reached, passes as ordered, the same again from the same seed."""

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import artifacts, curriculum, preview, specs
from gradatim.digest import of_bytes
from gradatim.errors import UserError
from gradatim.events import Artifact, Note, Progress
from gradatim.permutation import jitter
from gradatim.registry import load
from gradatim.seeds import Seed
from gradatim.types import Inputs, OrderContext, Stopped, TaskContext
from tests.gradatim.made_data import TOKENIZER, Made, make_dataset, make_scores, make_tokens


@pytest.fixture
def made(tmp_path) -> Made:
    return Made.regular(tmp_path / "made")


def stream(made: Made, name: str = "all", **more) -> dict:
    return {"name": name, "dataset": made.dataset.digest, **more}


def one_phase(*streams: dict, tokens: int = 500, **more) -> dict:
    return {"tokenizer": TOKENIZER, "phases": [{"name": "only", "tokens": tokens, "streams": list(streams), **more}]}


def resolve(made: Made, document: dict, out: Path, seed: int = 0):
    """(plan, events)"""
    spec = specs.parse(specs.Curriculum, document)
    events = list(curriculum.resolve(spec, seed, made.inputs, out))
    return curriculum.Plan(out / "plan"), events


def refusal(made: Made, document: dict, out: Path) -> UserError:
    with pytest.raises(UserError) as raised:
        resolve(made, document, out)
    assert raised.value.sentence.endswith(".")
    return raised.value


@st.composite
def worlds(draw):
    """A small dataset and a curriculum over it."""
    n = draw(st.integers(4, 40))
    domains = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=n, max_size=n))
    held_out = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    for name in set(domains):  # every domain keeps something to learn from
        held_out[domains.index(name)] = False
    lengths = draw(st.lists(st.integers(1, 30), min_size=n, max_size=n))
    scores = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    phases = []
    for i in range(draw(st.integers(1, 3))):
        streams = []
        for j in range(draw(st.integers(1, 3))):
            wanted = draw(st.none() | st.just([draw(st.sampled_from(sorted(set(domains))))]))
            ordering = draw(st.sampled_from(["shuffle", "sorting", "saw", "segment"]))
            selection = draw(st.none() | st.just({"method": "top_k", "params": {"k": 3}}))
            free = [d for d, h in zip(domains, held_out, strict=True) if not h and (wanted is None or d in wanted)]
            window = draw(st.sampled_from([0, min(3, len(free))]))
            streams.append((f"s{j}", wanted, ordering, selection, window))
        phases.append((f"p{i}", draw(st.integers(1, 600)), streams))
    return domains, held_out, lengths, scores, phases, draw(st.integers(0, 2**31))


def written(made: Made, phases) -> dict:
    return {
        "tokenizer": TOKENIZER,
        "phases": [
            {
                "name": name,
                "tokens": tokens,
                "streams": [
                    stream(
                        made,
                        s,
                        domains=wanted,
                        scores=made.score_set.digest,
                        ordering={"method": ordering},
                        selection=selection,
                        jitter_window=window,
                    )
                    for s, wanted, ordering, selection, window in streams
                ],
            }
            for name, tokens, streams in phases
        ],
    }


@settings(deadline=None, max_examples=40)
@given(worlds())
def test_every_plan_keeps_its_promises(world):
    domains, held_out, lengths, scores, phases, seed = world
    with tempfile.TemporaryDirectory() as folder:
        made = Made(Path(folder) / "made", domains, held_out, lengths, scores)
        document = written(made, phases)
        plan, events = resolve(made, document, Path(folder) / "out", seed)
        again, _ = resolve(made, document, Path(folder) / "again", seed)

        assert plan.digest == again.digest == artifacts.verify(Path(folder) / "out" / "plan").digest
        assert not made.held_out[plan.position].any()
        np.testing.assert_array_equal(plan.tokens, made.lengths[plan.position])
        assert events[-1] == Artifact("plan", "plan", plan.digest, plan.meta)
        assert plan.meta["samples"] == len(plan) == plan.phases[-1]["stop"]
        assert plan.meta["tokens"] == int(plan.tokens.sum())

        for i, ((name, budget, streams), phase) in enumerate(zip(phases, plan.phases, strict=True)):
            inside = slice(phase["start"], phase["stop"])
            tokens = plan.tokens[inside]
            assert phase["name"] == name
            assert phase["start"] == (plan.phases[i - 1]["stop"] if i else 0)
            assert tokens.sum() == phase["planned_tokens"] >= budget == phase["budget_tokens"]
            assert tokens[:-1].sum() < budget
            assert sum(phase["weights"].values()) == pytest.approx(1)
            assert sum(phase["consumed"].values()) == pytest.approx(1)
            data = curriculum.Columns(
                made.held_out, np.array([sorted(set(domains)).index(d) for d in domains], np.int32),
                sorted(set(domains)), made.lengths, made.scores,
            )  # fmt: skip
            for s, wanted, _, _, window in streams:
                k = next(k for k, e in enumerate(plan.streams) if (e["phase"], e["name"]) == (i, s))
                mine = plan.stream[inside] == k
                spec = specs.parse(specs.Curriculum, document).phases[i].streams[[x[0] for x in streams].index(s)]
                kept = curriculum.select(data, curriculum.candidates(data, wanted), spec.selection).kept
                stream_seed = Seed(seed).child(i, s)
                assert plan.streams[k]["seed"] == str(stream_seed.value)
                assert plan.streams[k]["kept"] == len(kept)
                count = int(mine.sum())
                epochs = -(-count // len(kept)) + 1
                orders = curriculum.stream_order(data, kept, spec.ordering, window, stream_seed, epochs=epochs)
                np.testing.assert_array_equal(plan.position[inside][mine], np.concatenate(orders)[:count])
                np.testing.assert_array_equal(plan.epoch[inside][mine], np.arange(count) // len(kept))
                last = made.lengths[orders[count // len(kept)]]
                passes = count // len(kept) + last[: count % len(kept)].sum() / last.sum()
                assert phase["epochs"][s] == pytest.approx(passes)
                assert phase["consumed"][s] == pytest.approx(tokens[mine].sum() / tokens.sum())


@pytest.mark.parametrize("method", ["shuffle", "saw", "segment"])
def test_one_stream_is_exactly_its_ordering_under_the_seed_that_the_plan_names(made, tmp_path, method):
    only = stream(made, scores=made.score_set.digest, ordering={"method": method}, jitter_window=8)
    plan, _ = resolve(made, one_phase(only, tokens=3800), tmp_path / "out", seed=11)
    kept = np.flatnonzero(~made.held_out)
    seed = Seed(int(plan.streams[0]["seed"]))
    module = load("orderings", method)
    context = OrderContext(len(kept), made.scores[kept], epochs=2)
    first, second = module.order(context, module.Params(), seed)
    expected = [jitter(first, 8, seed), jitter(second, 8, seed.child("epoch", 1))]
    np.testing.assert_array_equal(plan.position, np.concatenate([kept[order] for order in expected]))


@pytest.mark.parametrize("kind", ["overlapping", "gumbel"])
def test_a_stream_is_jittered_as_its_kind_says_in_plan_and_preview(made, tmp_path, kind):
    only = stream(made, scores=made.score_set.digest, ordering={"method": "sorting"}, jitter_window=8, jitter=kind)
    plan, _ = resolve(made, one_phase(only, tokens=1900), tmp_path / "out", seed=2)
    kept = np.flatnonzero(~made.held_out)
    sorted_kept = kept[np.argsort(made.scores[kept], kind="stable")].astype(np.uint32)
    expected = jitter(sorted_kept, 8, Seed(int(plan.streams[0]["seed"])), kind)
    np.testing.assert_array_equal(plan.position, expected)
    spec = specs.parse(specs.Stream, only)
    view = preview.stream_view(spec, curriculum.read_columns(spec, TOKENIZER, made.inputs), Seed(2).child(0, "all"))
    np.testing.assert_array_equal(view.order, expected)


REPEATING = [
    {"method": "baby_steps", "params": {"buckets": 3}},
    {"method": "competence", "params": {"growth": 1.5}},
    {"method": "cyclical", "params": {"easiness": "rank"}},
    {"method": "random_subset", "params": {"share": 0.15}},
]


@pytest.mark.parametrize("ordering", REPEATING, ids=lambda call: call["method"])
def test_passes_that_repeat_samples_are_planned_and_counted_by_their_own_tokens(tmp_path, ordering):
    lengths = np.random.default_rng(8).integers(1, 30, 200).tolist()
    made = Made(tmp_path / "made", ["a", "b"] * 100, [i % 20 == 0 for i in range(200)], lengths, range(200, 400))
    only = stream(made, scores=made.score_set.digest, ordering=ordering, jitter_window=8)
    plan, _ = resolve(made, one_phase(only, tokens=9000), tmp_path / "out", seed=4)
    spec = specs.parse(specs.Stream, only)
    data = curriculum.read_columns(spec, TOKENIZER, made.inputs)
    kept, seed = np.flatnonzero(~made.held_out), Seed(int(plan.streams[0]["seed"]))
    orders = curriculum.stream_order(data, kept, spec.ordering, 8, seed, epochs=30)
    walk = np.concatenate(orders)
    np.testing.assert_array_equal(plan.position, walk[: len(plan)])
    epochs = np.repeat(np.arange(30), [len(order) for order in orders])
    np.testing.assert_array_equal(plan.epoch, epochs[: len(plan)])
    last = int(plan.epoch[-1])
    before = sum(int(made.lengths[order].sum()) for order in orders[:last])
    served = last + (int(plan.tokens.sum()) - before) / made.lengths[orders[last]].sum()
    assert plan.phases[0]["epochs"]["all"] == pytest.approx(served)

    view = preview.stream_view(spec, data, Seed(4).child(0, "all"), promised=9000)
    assert view.repeats
    np.testing.assert_array_equal(view.order[: len(plan)], plan.position)
    assert view.tokens == made.lengths[orders[0]].sum()
    assert view.passes.passes(int(plan.tokens.sum())) == pytest.approx(served)
    drawn = view.passes.by_domain(before)
    codes = data.domain_codes[np.concatenate(orders[:last])]
    assert drawn == pytest.approx(np.bincount(codes, made.lengths[np.concatenate(orders[:last])]))


def test_a_stream_that_repeats_closes_after_its_last_pass(made, tmp_path):
    subset = {"method": "random_subset", "params": {"share": 0.1}}
    few = stream(made, "few", ordering=subset, epochs=3)
    plan, events = resolve(made, one_phase(few, stream(made, "all"), tokens=3000), tmp_path / "out")
    assert plan.tokens[plan.stream == 0].sum() == 3 * 19 * 10
    assert plan.phases[0]["epochs"]["few"] == 3.0
    assert "few" in next(e.text for e in events if isinstance(e, Note) and e.level == "warning")
    error = refusal(made, one_phase(few, tokens=3000), tmp_path / "short")
    assert "2,430 tokens short" in error.sentence


def test_domains_selection_and_ordering_work_together(made, tmp_path):
    only = stream(
        made,
        domains=["code"],
        scores=made.score_set.digest,
        selection={"method": "top_r", "params": {"ratio": 0.5}},
        ordering={"method": "sorting"},
    )
    plan, events = resolve(made, one_phase(only, tokens=500), tmp_path / "out")
    pool = [i for i in range(200) if i % 2 and not made.held_out[i]]
    best = sorted(pool, key=lambda i: made.scores[i])[-(len(pool) // 2) :]
    assert plan.position.tolist() == best[: len(plan)]
    (note,) = [e for e in events if isinstance(e, Note)]
    assert note.data["kept"] == len(pool) // 2
    assert note.data["candidates"] == len(pool)


def test_two_streams_share_the_tokens_as_the_mixture_says(made, tmp_path):
    code, prose = stream(made, "new", domains=["code"]), stream(made, "replay", domains=["prose"])
    mixture = {"method": "static", "params": {"weights": {"new": 0.75, "replay": 0.25}}}
    plan, events = resolve(made, one_phase(code, prose, tokens=2000, mixture=mixture), tmp_path / "out")
    (phase,) = plan.phases
    assert phase["weights"] == {"new": 0.75, "replay": 0.25}
    assert phase["consumed"] == pytest.approx({"new": 0.75, "replay": 0.25}, abs=0.01)
    assert {made.domains[p] for p in plan.position[plan.stream == 0]} == {"code"}
    assert {made.domains[p] for p in plan.position[plan.stream == 1]} == {"prose"}
    progress = [e for e in events if isinstance(e, Progress)]
    assert (progress[0].done, progress[-1].done) == (0, plan.meta["tokens"])
    shares = plan.shares(points=10)
    assert shares["tokens"][-1] == plan.meta["tokens"]
    assert np.mean(shares["streams"]["only/new"]) == pytest.approx(0.75, abs=0.01)
    assert np.add(*shares["streams"].values()) == pytest.approx(1)


def test_streams_of_two_datasets_keep_their_own_positions(made, tmp_path):
    other = make_dataset(tmp_path / "other", ["web"] * 50, [False] * 50)
    tokens = make_tokens(tmp_path / "other-tokens", other, [10] * 50)
    made.inputs = Inputs([*made.stored, other, tokens])
    mixed = one_phase(stream(made, "a"), {"name": "b", "dataset": other.digest}, tokens=1000)
    plan, _ = resolve(made, mixed, tmp_path / "out")
    assert [entry["dataset"] for entry in plan.streams] == [made.dataset.digest, other.digest]
    assert plan.position[plan.stream == 1].max() < 50 < plan.position[plan.stream == 0].max()


def test_a_stream_that_runs_out_is_closed_with_a_note(made, tmp_path):
    few = stream(made, "few", epochs=1, scores=made.score_set.digest, selection={"method": "top_k", "params": {"k": 5}})
    plan, events = resolve(made, one_phase(few, stream(made, "all"), tokens=1000), tmp_path / "out")
    (note,) = [e for e in events if isinstance(e, Note) and e.level == "warning"]
    assert note.data["stream"] == "few"
    assert "goes to all" in note.text
    assert plan.phases[0]["epochs"]["few"] == 1.0
    assert plan.tokens[plan.stream == 0].sum() == 50


def test_too_few_tokens_are_refused_with_what_is_missing(made, tmp_path):
    error = refusal(made, one_phase(stream(made, epochs=2), tokens=5000), tmp_path / "out")
    assert error.field == "phases.0.tokens"
    assert "1,200 tokens short" in error.sentence  # 190 samples of 10 tokens, twice


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"domains": ["code", "poetry"]}, "phases.0.streams.0.domains"),
        ({"domains": []}, "phases.0.streams.0.domains"),
        ({"dataset": "0" * 64}, "phases.0.streams.0.dataset"),
        ({"scores": "0" * 64}, "phases.0.streams.0.scores"),
        ({"ordering": {"method": "sorting"}}, "phases.0.streams.0.scores"),
        ({"jitter_window": 191}, "phases.0.streams.0.jitter_window"),
        ({"ordering": {"method": "alphabetic"}}, "phases.0.streams.0.ordering.method"),
        ({"ordering": {"method": "saw", "params": {"layers": 0}}}, "phases.0.streams.0.ordering.params.layers"),
        ({"selection": {"method": "top_k", "params": {"k": 3}}}, "phases.0.streams.0.scores"),
    ],
)
def test_a_stream_that_cannot_be_made_names_its_field(made, tmp_path, change, field):
    assert refusal(made, one_phase(stream(made) | change), tmp_path / "out").field == field


def test_a_selection_that_keeps_nothing_is_refused_at_its_field(made, tmp_path):
    none = {"method": "threshold", "params": {"above": 1e9}}
    document = one_phase(stream(made, scores=made.score_set.digest, selection=none))
    assert refusal(made, document, tmp_path / "out").field == "phases.0.streams.0.selection"


def test_missing_tokens_name_the_dataset_and_scores_must_be_of_it_and_be_numbers(made, tmp_path):
    other = make_scores(tmp_path / "foreign", make_dataset(tmp_path / "other", ["x"], [False]), [1.0])
    holes = np.where(np.arange(200) == 7, np.nan, 1.0)
    broken = make_scores(tmp_path / "broken", made.dataset, holes)
    short = make_scores(tmp_path / "short", made.dataset, [1.0, 2.0])
    made.inputs = Inputs([*made.stored, other, broken, short])
    for scores in (other, broken, short):
        document = one_phase(stream(made, scores=scores.digest))
        assert refusal(made, document, tmp_path / "out").field == "phases.0.streams.0.scores"
    made.inputs = Inputs([made.dataset])
    assert refusal(made, one_phase(stream(made)), tmp_path / "out").field == "phases.0.streams.0.dataset"


def test_nan_scores_of_held_out_samples_do_not_matter(made, tmp_path):
    broken = make_scores(tmp_path / "broken", made.dataset, np.where(made.held_out, np.nan, made.scores))
    made.inputs = Inputs([*made.stored, broken])
    only = stream(made, scores=broken.digest, ordering={"method": "sorting"})
    plan, _ = resolve(made, one_phase(only), tmp_path / "out")
    assert (np.diff(made.scores[plan.position]) > 0).all()


def test_a_dataset_that_is_all_held_out_has_nothing_to_learn_from(tmp_path):
    made = Made(tmp_path / "made", ["a"] * 3, [True] * 3, [5] * 3)
    assert refusal(made, one_phase(stream(made)), tmp_path / "out").field == "phases.0.streams.0.dataset"


def test_the_plan_names_the_curriculum_by_the_digest_of_its_frozen_document(made, tmp_path):
    document = one_phase(stream(made))
    plan, _ = resolve(made, document, tmp_path / "out", seed=3)
    spec = specs.parse(specs.Curriculum, document)
    assert plan.meta["curriculum"] == specs.digest_of(spec)
    assert (plan.meta["seed"], plan.meta["tokenizer"]) == (3, TOKENIZER)
    again, _ = resolve(made, specs.freeze(spec), tmp_path / "again", seed=3)
    assert again.digest == plan.digest


def test_another_seed_gives_another_order_and_each_stream_has_its_own(made, tmp_path):
    document = one_phase(stream(made, "a"), stream(made, "b"), tokens=3000)
    plan, _ = resolve(made, document, tmp_path / "one", seed=1)
    other, _ = resolve(made, document, tmp_path / "two", seed=2)
    assert not np.array_equal(plan.position, other.position)
    assert not np.array_equal(plan.position[plan.stream == 0], plan.position[plan.stream == 1])


def test_the_task_writes_the_plan_and_stops_when_asked(made, tmp_path):
    task = load("tasks", "plan")
    params = task.Params(curriculum=one_phase(stream(made)))
    context = TaskContext(params=params, seed=0, inputs=made.inputs, out=tmp_path / "out")
    *_, last = task.run(context)
    assert (last.role, last.path) == ("plan", "plan")
    stopping = dataclasses.replace(context, should_stop=lambda: True, out=tmp_path / "stopped")
    with pytest.raises(Stopped):
        list(task.run(stopping))
    assert not (tmp_path / "stopped" / "plan" / artifacts.MANIFEST).exists()


def test_a_file_that_is_no_plan_is_refused(made):
    with pytest.raises(UserError, match="not a plan"):
        curriculum.Plan(made.dataset.path)


def test_the_same_curriculum_gives_the_same_plan_on_every_machine_and_version(made, tmp_path):
    """When this digest changes, plans that were made before can no longer be repeated: that is a breaking change."""
    saw = {"method": "saw", "params": {"sections": 2, "layers": 3}}
    code = stream(made, "code", domains=["code"], scores=made.score_set.digest, ordering=saw, jitter_window=5)
    prose = stream(made, "prose", domains=["prose"])
    mixture = {"method": "static", "params": {"weights": {"code": 0.62, "prose": 0.38}}}
    document = one_phase(code, prose, tokens=1500, mixture=mixture)
    document["phases"].append({"name": "second", "tokens": 700, "streams": [prose]})
    plan, _ = resolve(made, document, tmp_path / "out", seed=9)
    columns = np.stack([plan.stream, plan.position, plan.epoch, plan.tokens])
    assert columns.shape == (4, 220)
    assert of_bytes(columns.tobytes()) == "29d9c06cf6e56c44ab061020825b8b274034b234207f51c4a33f75f476ad198e"

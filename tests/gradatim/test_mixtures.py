"""Mixtures in plans: what is planned is what is served, and a preview says the same before."""

import numpy as np
import pytest

from gradatim import curriculum, mixtures, preview, specs
from gradatim.errors import Unsized, UserError
from gradatim.events import Note
from gradatim.plots import mixture as drawing
from gradatim.seeds import Seed
from tests.gradatim.made_data import TOKENIZER, Made


@pytest.fixture
def made(tmp_path) -> Made:
    return Made.regular(tmp_path / "made")


def phase_of(made: Made, method: str, tokens: int = 2000, **params) -> specs.Curriculum:
    streams = [
        {"name": name, "dataset": made.dataset.digest, "domains": [domain]}
        for name, domain in (("old", "prose"), ("new", "code"))
    ]
    phase = {"name": "only", "tokens": tokens, "streams": streams, "mixture": {"method": method, "params": params}}
    return specs.parse(specs.Curriculum, {"tokenizer": TOKENIZER, "phases": [phase]})


def resolved(made: Made, spec: specs.Curriculum, out) -> curriculum.Plan:
    list(curriculum.resolve(spec, 0, made.inputs, out))
    return curriculum.Plan(out / "plan")


def test_sizes_are_those_of_the_samples_that_streams_keep(made, tmp_path):
    plan = resolved(made, phase_of(made, "size_proportional"), tmp_path / "out")
    (phase,) = plan.phases
    kept = {"old": 0, "new": 0}
    for domain, held_out, length in zip(made.domains, made.held_out, made.lengths, strict=True):
        if not held_out:
            kept["old" if domain == "prose" else "new"] += int(length) * (domain in ("prose", "code"))
    assert phase["sizes"] == kept
    assert phase["weights"]["old"] == pytest.approx(kept["old"] / sum(kept.values()))
    assert "planned" not in phase


def test_a_plan_follows_its_key_frames_and_keeps_what_was_planned(made, tmp_path):
    frames = [[0, {"old": 1}], [0.5, {"new": 1}]]
    plan = resolved(made, phase_of(made, "key_frames", frames=frames, between="stepped"), tmp_path / "out")
    (phase,) = plan.phases
    assert len(phase["planned"]) == mixtures.PARTS
    assert phase["planned"][0] == {"old": 1, "new": 0} and phase["planned"][-1] == {"old": 0, "new": 1}
    assert phase["weights"] == {"old": 0.5, "new": 0.5}
    ends = np.cumsum(plan.tokens)
    first = np.asarray(plan.stream) == 0
    longest = int(max(made.lengths))
    assert ends[first].max() <= 1000 + longest
    assert (ends - plan.tokens)[~first].min() >= 1000 - longest
    record = drawing.record_of_plan("p", "plan", plan.phases, plan.shares(points=10))
    planned = record["series"]["weights/planned/only/old"]["values"]
    assert planned[:4] == [1.0] * 4 and planned[-4:] == [0.0] * 4


@pytest.mark.parametrize("draw", ["anew", "fixed"])
def test_only_a_part_of_the_old_data_is_replayed_in_a_pass(made, tmp_path, draw):
    spec = phase_of(made, "replay", tokens=6000, rate=0.1, replayed=["old"], draw=draw)
    plan = resolved(made, spec, tmp_path / "out")
    (phase,) = plan.phases
    part = round(phase["sizes"]["new"] / 9)
    old = np.asarray(plan.stream) == 0
    passes = [set(np.asarray(plan.position)[old & (np.asarray(plan.epoch) == e)].tolist()) for e in range(3)]
    tokens = [sum(int(made.lengths[p]) for p in samples) for samples in passes]
    assert all(part <= count <= part + int(max(made.lengths)) for count in tokens)
    assert (passes[0] == passes[1] == passes[2]) == (draw == "fixed")
    stream = spec.phases[0].streams[0]
    data = curriculum.read_columns(stream, TOKENIZER, made.inputs)
    found = mixtures.mixture_of(spec.phases[0], phase["sizes"])
    view = preview.stream_view(stream, data, Seed(0).child(0, "old"), piece=found.parts["old"])
    first = np.asarray(plan.position)[old & (np.asarray(plan.epoch) == 0)]
    np.testing.assert_array_equal(view.order, first)
    assert view.passes.passes(phase["consumed"]["old"] * phase["planned_tokens"]) == pytest.approx(
        phase["epochs"]["old"], abs=1
    )


def test_a_preview_serves_a_changing_mixture_as_the_plan_does(made, tmp_path):
    frames = [[0, {"old": 3, "new": 1}], [1, {"new": 1}]]
    plan = resolved(made, phase_of(made, "key_frames", frames=frames), tmp_path / "out")
    (phase,) = plan.phases
    given = preview.served(2000, phase["planned"], {"old": float("inf"), "new": float("inf")})
    for name, tokens in given.tokens.items():
        consumed = phase["consumed"][name] * phase["planned_tokens"]
        assert tokens == pytest.approx(consumed, abs=2 * int(max(made.lengths)))


def test_a_mixture_by_size_waits_for_sizes_and_a_mistake_stands_at_its_parameter(made):
    phase = phase_of(made, "temperature").phases[0]
    with pytest.raises(Unsized):
        mixtures.mixture_of(phase, None, field="phases.0.mixture")
    wrong = phase_of(made, "replay", replayed=["law"]).phases[0]
    with pytest.raises(UserError) as refused:
        mixtures.mixture_of(wrong, {"old": 1, "new": 1}, field="phases.0.mixture")
    assert refused.value.field == "phases.0.mixture.params.replayed"


def test_remarks_of_a_mixture_stand_at_their_settings(made):
    phase = phase_of(made, "unimax", tokens=6000, passes=1).phases[0]
    (remark,) = mixtures.mixture_of(phase, {"old": 100, "new": 100}, field="phases.0.mixture").remarks
    assert remark.field == "phases.0.mixture.params.passes"


@pytest.mark.parametrize(
    ("exhausted", "epochs", "passes"),
    [("repeat", None, 2), ("repeat", 1, 1), ("renormalise", None, 1), ("stop", None, 1)],
)
def test_a_stream_that_runs_out_does_what_was_chosen_in_plan_and_preview(made, tmp_path, exhausted, epochs, passes):
    """The old data hold 900 tokens, the new ones 1,000, and both are given half of 2,000."""
    document = phase_of(made, "uniform").model_dump(mode="json")
    old, new = document["phases"][0]["streams"]
    old |= {"exhausted": exhausted, "epochs": epochs}
    spec = specs.parse(specs.Curriculum, document)
    events = list(curriculum.resolve(spec, 0, made.inputs, tmp_path / "out"))
    (phase,) = curriculum.Plan(tmp_path / "out" / "plan").phases
    sizes = phase["sizes"]
    assert sizes == {"old": 900, "new": 1000}
    told = [event.text for event in events if isinstance(event, Note) and "no further pass" in event.text]
    if exhausted == "stop":
        assert phase["planned_tokens"] == pytest.approx(1800, abs=20)
        assert phase["ran_out"][0] | {"tokens": 0} == {"stream": "old", "tokens": 0, "then": "stop"}
        assert f"the phase ends there, {2000 - phase['planned_tokens']:,} tokens short of its budget" in told[0]
    elif passes == 1:
        assert phase["planned_tokens"] == 2000
        assert phase["consumed"] == pytest.approx({"old": 0.45, "new": 0.55})
        assert phase["ran_out"][0]["then"] == "renormalise"
        assert "its share goes to new" in told[0]
    else:
        assert (phase["ran_out"], told) == ([], [])
        assert phase["epochs"]["old"] == pytest.approx(1000 / 900)
    stops = {"old"} if exhausted == "stop" else set()
    room = {"old": float("inf") if passes != 1 else 900.0, "new": float("inf")}
    given = preview.served(2000, [phase["weights"]], room, stops)
    for name, had in given.tokens.items():
        assert had == pytest.approx(phase["consumed"][name] * phase["planned_tokens"], abs=20)
    assert given.ended == ("old" if exhausted == "stop" else "")
    assert list(given.ran_out) == [entry["stream"] for entry in phase["ran_out"]]
    for entry in phase["ran_out"]:
        assert given.ran_out[entry["stream"]] == pytest.approx(entry["tokens"], abs=20)


def test_a_document_that_repeats_is_written_as_it_was_before_there_was_a_choice(made):
    document = phase_of(made, "uniform").model_dump(mode="json")
    assert "exhausted" not in document["phases"][0]["streams"][0]
    document["phases"][0]["streams"][0]["exhausted"] = "repeat"
    spec = specs.parse(specs.Curriculum, document)
    assert specs.digest_of(spec) == specs.digest_of(phase_of(made, "uniform"))


def test_a_plan_counts_the_passes_of_every_domain_over_all_streams(made, tmp_path):
    document = phase_of(made, "static", tokens=3000, weights={"old": 1, "new": 2}).model_dump(mode="json")
    document["phases"][0]["streams"][0]["domains"] = None  # both domains
    spec = specs.parse(specs.Curriculum, document)
    plan = resolved(made, spec, tmp_path / "out")
    (phase,) = plan.phases
    served = {"code": 0, "prose": 0}
    for position, tokens in zip(plan.position, plan.tokens, strict=True):
        served[made.domains[position]] += int(tokens)
    assert {row["name"]: row["tokens"] for row in phase["domains"]} == served
    assert [(row["name"], row["kept"]) for row in phase["domains"]] == [("code", 1000), ("prose", 900)]
    assert phase["domains"][0]["passes"] == served["code"] / 1000
    assert {row["dataset"] for row in phase["domains"]} == {made.dataset.digest}

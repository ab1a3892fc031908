"""Mixtures that change along the phase."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import params
from gradatim.errors import UserError
from gradatim.mixing import domain_upsampling, key_frames, replay
from gradatim.types import MixContext, Part

CONTEXT = MixContext(("code", "prose"), {"code": 300, "prose": 900}, 1200)


def weights(module, progress, context=CONTEXT, **given):
    return module.weights(progress, context, params.parse(module.Params, given))


FRAMES = [[0.2, {"code": 1, "prose": 3}], [0.6, {"code": 1, "prose": 1}], [0.6, {"code": 1}]]


def test_between_key_frames_shares_move_in_straight_lines():
    code = [weights(key_frames, p, frames=FRAMES)["code"] for p in (0, 0.2, 0.3, 0.4, 0.5, 0.6, 1)]
    assert code == pytest.approx([0.25, 0.25, 0.3125, 0.375, 0.4375, 1, 1])


def test_stepped_key_frames_hold_until_the_next_one():
    code = [weights(key_frames, p, frames=FRAMES, between="stepped")["code"] for p in (0, 0.2, 0.59, 0.6, 1)]
    assert code == [0.25, 0.25, 0.25, 1, 1]


@pytest.mark.parametrize("frames", [[[0.5, {}], [0.4, {}]], [[1.2, {}]], [[-0.1, {}]], []])
def test_places_out_of_order_or_outside_the_phase_are_refused(frames):
    with pytest.raises(UserError) as refused:
        params.parse(key_frames.Params, {"frames": frames})
    assert refused.value.field == "frames"


def test_a_key_frame_of_an_unknown_stream_is_refused_at_the_field_of_the_frames():
    with pytest.raises(UserError, match="no stream 'law'") as refused:
        weights(key_frames, 0.5, frames=[[0, {"law": 1}]])
    assert refused.value.field == "frames"


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 10), st.floats(0.1, 10)), min_size=1, max_size=6),
    st.floats(0, 1),
    st.sampled_from(["linear", "stepped"]),
)
def test_a_share_never_leaves_the_range_of_its_key_frames(points, progress, between):
    frames = [[place, {"code": code, "prose": prose}] for place, code, prose in sorted(points)]
    found = weights(key_frames, progress, frames=frames, between=between)
    wanted = [frame["code"] / (frame["code"] + frame["prose"]) for _, frame in frames]
    assert sum(found.values()) == pytest.approx(1)
    assert min(wanted) - 1e-9 <= found["code"] <= max(wanted) + 1e-9


def test_the_end_of_the_phase_has_a_mixture_of_its_own():
    given = {"weights": {"prose": 1}, "target": {"code": 3, "prose": 1}, "last": 0.2}
    code = [weights(domain_upsampling, p, **given)["code"] for p in (0, 0.799, 0.8, 1)]
    assert code == [0, 0, 0.75, 0.75]


THREE = MixContext(("web", "books", "law"), {"web": 6000, "books": 2000, "law": 900}, 3600)


def test_replay_takes_its_rate_of_the_tokens_and_shares_it_out_by_the_weights():
    found = weights(replay, 0.5, THREE, rate=0.25, replayed=["web", "books"], weights={"web": 3, "books": 1, "law": 9})
    assert found == pytest.approx({"web": 0.1875, "books": 0.0625, "law": 0.75})
    assert weights(replay, 0.5, THREE, rate=0.1) == pytest.approx({"web": 0.1, "books": 0.45, "law": 0.45})
    assert weights(replay, 0.5, THREE, rate=0, replayed=["web", "books"]) == {"web": 0, "books": 0, "law": 1}


def test_replay_of_an_unknown_stream_is_refused():
    with pytest.raises(UserError) as refused:
        weights(replay, 0.5, THREE, replayed=["prose"])
    assert refused.value.field == "replayed"


def test_as_much_is_replayed_in_a_pass_as_goes_with_one_pass_of_the_new_data():
    chosen = params.parse(replay.Params, {"rate": 0.25, "replayed": ["web", "books"], "draw": "anew"})
    assert replay.parts(THREE, chosen) == {"web": Part(150), "books": Part(150)}
    fixed = params.parse(replay.Params, {"rate": 0.9, "replayed": ["web", "books"], "draw": "fixed"})
    assert replay.parts(THREE, fixed) == {"web": Part(4050, fixed=True)}
    assert replay.remarks(THREE, fixed)[0].sentence == (
        "A pass of web is 4,050 of its 6,000 tokens, the same in every pass."
    )
    assert replay.parts(THREE, params.parse(replay.Params, {"rate": 0.25})) == {}

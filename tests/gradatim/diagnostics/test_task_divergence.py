"""The signature: the loss of a domain falls while the accuracy of its task is below its level before."""

import json

import pytest

from gradatim.diagnostics.task_divergence import Params, diagnose
from gradatim.errors import UserError


def series(loss, accuracy, *, starts=(0,), tokens=None, **more) -> dict:
    return {
        "tokens": list(tokens or range(len(loss))),
        "values": {"loss": loss, "task": accuracy},
        "better": {"loss": "lower", "task": "higher"},
        "phase_starts": list(starts),
        **more,
    }


def one(*args, tolerance=0.0, **more) -> dict:
    (finding,) = diagnose(series(*args, **more), Params(tolerance=tolerance))["findings"]
    return finding


def test_a_falling_loss_beside_a_dip_of_the_task_is_the_signature():
    found = one([3.0, 2.8, 2.6, 2.4], [0.36, 0.30, 0.33, 0.40], tokens=[0, 5, 10, 20])
    assert list(found) == [
        "loss", "accuracy", "phase_start", "shows", "first_at", "last_at", "evaluations", "measured", "sentence"
    ]  # fmt: skip
    assert [found[key] for key in ("shows", "first_at", "last_at", "evaluations", "measured")] == [True, 5, 10, 2, 3]
    assert found["sentence"] == (
        "At 2 of 3 evaluations after the shift, loss was below its 3.00 from before while task was below its 0.36: "
        "at the worst of them loss was 2.80 and task 0.30."
    )


@pytest.mark.parametrize(
    ("loss", "accuracy"),
    [
        ([3.0, 2.8, 2.6], [0.36, 0.36, 0.40]),  # no dip, and a tie
        ([3.0, 3.2, 2.8], [0.36, 0.30, 0.40]),  # the loss rises, too
        ([3.0, 3.0, 3.0], [0.36, 0.30, 0.30]),  # the loss stays
    ],
)
def test_otherwise_it_does_not_show(loss, accuracy):
    found = one(loss, accuracy)
    assert (found["shows"], found["first_at"], found["evaluations"]) == (False, None, 0)
    assert found["sentence"].startswith("Nowhere after the shift")


def test_a_dip_at_the_last_evaluation_and_one_that_is_not_made_up_for_show():
    assert one([3, 2, 1], [0.5, 0.6, 0.4])["first_at"] == 2
    assert one([3, 2, 1], [0.5, 0.4, 0.4])["last_at"] == 2


def test_the_tolerance_is_the_accuracys():
    assert one([3, 2], [0.50, 0.45], tolerance=0.05)["shows"] is False
    assert one([3, 2], [0.50, 0.44], tolerance=0.05)["shows"] is True


def test_one_evaluation_says_that_nothing_was_measured_after_the_shift():
    found = one([3.0], [0.5])
    assert (found["shows"], found["measured"]) == (False, 0)
    assert found["sentence"] == "loss and task were not measured after the shift."


def test_each_phase_has_its_own_level_before():
    document = series([3, 2, 2, 1], [0.5, 0.6, 0.6, 0.55], starts=(0, 2))
    assert [found["shows"] for found in diagnose(document, Params())["findings"]] == [False, True]
    assert json.loads(json.dumps(diagnose(document, Params()), allow_nan=False)) == diagnose(document, Params())


def test_every_loss_is_paired_with_every_accuracy_unless_pairs_are_given():
    document = series([3, 2], [0.5, 0.4])
    document["values"]["other"], document["better"]["other"] = [0.5, 0.6], "higher"
    names = [found["accuracy"] for found in diagnose(document, Params())["findings"]]
    assert names == ["task", "other"]
    chosen = diagnose(document | {"pairs": [["loss", "other"]]}, Params())["findings"]
    assert [found["accuracy"] for found in chosen] == ["other"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pairs": [["task", "loss"]]}, "pairs.0"),
        ({"pairs": [["loss"]]}, "pairs.0"),
        ({"pairs": "loss"}, "pairs"),
        ({"phase_starts": [-1]}, "phase_starts.0"),
        ({"better": {"loss": "lower", "task": "lower"}}, "values"),
    ],
)
def test_what_cannot_be_paired_names_its_field(change, field):
    with pytest.raises(UserError) as raised:
        diagnose(series([3, 2], [0.5, 0.4]) | change, Params())
    assert raised.value.field == field

import pytest

from gradatim.seed_effects import BASE, ORDER, WEIGHTS, effects


def runs(model, seeds=(0, 1)) -> list[dict]:
    models = model if isinstance(model, list) else [model] * len(seeds)
    return [{"recipe": {"model": model}, "seed": seed} for model, seed in zip(models, seeds, strict=True)]


def test_continuations_of_one_base_in_other_orders():
    found = effects(runs({"checkpoint": "a"}), ["1", "2"])
    assert (found.changed, found.same) == ((ORDER,), (BASE,))
    assert found.sentence == (
        "The seed changed the order of the data; all start from the same base, so this holds given that base."
    )


def test_continuations_of_bases_that_have_seeds_of_their_own():
    models = [{"checkpoint": "a"}, {"checkpoint": "b"}]
    assert effects(runs(models), ["1", "2"]).sentence == "The seed changed the base and the order of the data."
    assert effects(runs(models, seeds=(0, 0)), ["", ""]).changed == (BASE,)


def test_fresh_weights_are_drawn_from_the_seed_and_those_of_a_folder_are_not():
    assert effects(runs({"preset": "llama-1m"}), ["1", "2"]).changed == (WEIGHTS, ORDER)
    assert effects(runs({"folder": "/models/one"}), ["1", "2"]).sentence == (
        "The seed changed the order of the data; the initial weights are the same."
    )


@pytest.mark.parametrize(("consumed", "changed"), [(["1", "1"], False), (["1", ""], True), (["", ""], True)])
def test_an_order_counts_as_changed_unless_the_certificates_say_that_it_is_the_same(consumed, changed):
    assert (ORDER in effects(runs({"preset": "llama-1m"}), consumed).changed) is changed


def test_of_runs_without_a_model_nothing_is_said_about_the_weights():
    documents = [{"recipe": {"batch_size": 8}, "seed": seed} for seed in (0, 1)]
    assert effects(documents, ["", ""]).sentence == "The seed changed the order of the data."


def test_repetitions_are_called_so():
    found = effects(runs({"checkpoint": "a"}, seeds=(3, 3)), ["1", "1"])
    assert found.sentence == "The seed changed nothing: these are repetitions of one run."

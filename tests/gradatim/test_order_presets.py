"""Every preset can be used as it stands, and is found again by its settings."""

import numpy as np
import pytest

from gradatim import order_presets, params, permutation, registry
from gradatim.seeds import Seed
from gradatim.types import OrderContext

NAMES = list(order_presets.PRESETS)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_orders_samples_and_names_its_source_and_evidence(name):
    preset = order_presets.PRESETS[name]
    module = registry.load("orderings", preset.ordering)
    chosen = params.parse(module.Params, preset.params)
    scores = np.random.default_rng(0).random(500).astype(np.float32)
    (order,) = module.order(OrderContext(500, scores), chosen, Seed(0))
    permutation.check(order, 500)
    assert preset.source
    assert preset.remark.endswith(".")
    assert preset.stage in ("pre-training", "SFT", "either")


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_recognised_by_its_settings_with_or_without_defaults(name):
    preset = order_presets.PRESETS[name]
    whole = params.as_dict(params.parse(registry.load("orderings", preset.ordering).Params, preset.params))
    for settings in (preset.params, whole):
        assert order_presets.matching(preset.ordering, settings, bool(preset.jitter)) == name


def test_other_settings_are_no_preset():
    assert order_presets.matching("saw", {"sections": 4}, False) == ""
    assert order_presets.matching("shuffle", {}, False) == ""


@pytest.mark.parametrize(("samples", "window"), [(0, 0), (9, 9), (500, 16), (1_000_000, 5_000)])
def test_a_window_is_a_share_of_the_samples_and_never_more_than_all(samples, window):
    assert order_presets.PRESETS["saw-jitter"].window(samples) == window
    assert order_presets.PRESETS["saw-paper"].window(samples) == 0

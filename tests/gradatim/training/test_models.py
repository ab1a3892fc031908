import json

import pytest
import torch

from gradatim import artifacts
from gradatim.errors import UserError
from gradatim.presets import Preset
from gradatim.specs import Model
from gradatim.training import checkpoint, models
from gradatim.types import Inputs


def build(seed=0, preset="llama-1m", **kwargs):
    return models.build(Model(preset=preset), **{"vocab_size": 300, "context": 32, "seed": seed} | kwargs)


def same(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


def test_the_smallest_preset_has_about_nine_hundred_thousand_weights():
    assert models.PRESETS["llama-1m"].parameters(2048) == 918_656
    assert models.parameter_count(build(vocab_size=2048)) == 918_656


@pytest.mark.parametrize(("name", "vocab_size"), [("llama-10m", 4096), ("llama-50m", 32_000), ("llama-160m", 32_000)])
def test_a_presets_name_is_its_size(name, vocab_size):
    assert models.PRESETS[name].parameters(vocab_size) == pytest.approx(int(name[6:-1]) * 1e6, rel=0.02)


def test_fresh_weights_are_a_function_of_the_seed():
    before = torch.get_rng_state()
    assert same(build(seed=1), build(seed=1))
    assert not same(build(seed=1), build(seed=2))
    assert torch.equal(before, torch.get_rng_state())


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(UserError, match="llama-1m, llama-10m") as caught:
        build(preset="gpt-5")
    assert caught.value.field == "recipe.model.preset"


def test_a_checkpoint_artifact_and_its_folder_give_the_same_model_back(tmp_path):
    model = build(seed=4)
    stored = checkpoint.write_model(tmp_path / "checkpoint", model, None, {"step": 0})
    assert {p.name for p in stored.path.iterdir()} == {"config.json", "model.safetensors", "manifest.json"}
    assert json.loads((stored.path / "config.json").read_text())["architectures"] == ["LlamaForCausalLM"]
    options = {"vocab_size": 300, "context": 32, "seed": 0}
    by_digest = models.build(Model(checkpoint=stored.digest), inputs=Inputs([stored]), **options)
    by_folder = models.build(Model(folder=str(stored.path)), **options)
    assert same(model, by_digest)
    assert same(model, by_folder)
    assert by_folder.lm_head.weight is by_folder.model.embed_tokens.weight


def test_an_untied_model_keeps_both_of_its_embeddings(tmp_path, monkeypatch):
    monkeypatch.setitem(models.PRESETS, "untied", Preset(32, 64, 1, 2, tied=False))
    model = build(preset="untied")
    assert models.parameter_count(model) == models.PRESETS["untied"].parameters(300)
    stored = checkpoint.write_model(tmp_path / "checkpoint", model, None, {})
    assert same(model, models.load(stored.path))


def test_the_same_model_has_the_same_digest(tmp_path):
    one = checkpoint.write_model(tmp_path / "one", build(), None, {})
    other = checkpoint.write_model(tmp_path / "other", build(), None, {})
    assert one.digest == other.digest == artifacts.verify(one.path).digest


def test_a_model_that_does_not_fit_is_refused(tmp_path):
    stored = checkpoint.write_model(tmp_path / "checkpoint", build(), None, {})
    named = Model(folder=str(stored.path))
    with pytest.raises(UserError, match="300 embeddings, the tokenizer 301 entries"):
        models.build(named, vocab_size=301, context=32, seed=0)
    with pytest.raises(UserError, match="a context of 33 is longer"):
        models.build(named, vocab_size=300, context=33, seed=0)


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(UserError, match="no readable config.json") as caught:
        models.build(Model(folder=str(tmp_path)), vocab_size=300, context=32, seed=0)
    assert caught.value.field == "recipe.model.folder"
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(UserError, match="no safetensors"):
        models.load(tmp_path)

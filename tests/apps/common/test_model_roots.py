"""Models in folders of the server: found, described, and never reached from outside a configured root."""

import json

import numpy as np
import pytest
from django.urls import reverse
from safetensors.numpy import save_file

from apps.common import model_roots
from apps.runs.models import Run
from gradatim.errors import UserError

CONFIG = {"model_type": "llama", "vocab_size": 400, "max_position_embeddings": 64}


@pytest.fixture
def root(tmp_path, settings):
    """A root with a good model, one with pickled weights alone, and something that is no model."""
    base = tmp_path / "models"
    good, pickled = base / "small" / "llama", base / "pickled"
    for folder in (good, pickled, base / "notes"):
        folder.mkdir(parents=True)
    for folder in (good, pickled):
        (folder / "config.json").write_text(json.dumps(CONFIG))
    save_file({"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float16)}, good / "model.safetensors")
    (pickled / "pytorch_model.bin").write_bytes(b"pickle")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "config.json").write_text("{}")
    settings.DATA_ROOTS = {"local": str(base)}
    return base


def test_every_folder_with_a_config_is_described_without_loading_a_weight(root):
    pickled, good = model_roots.models()
    assert good.name == "local/small/llama"
    assert (good.architecture, good.parameters, good.vocab_size, good.context) == ("llama", 17, 400, 64)
    assert good.problem == ""
    assert "no safetensors" in pickled.problem
    assert model_roots.path_of("local/small/llama") == root / "small" / "llama"


def test_the_folders_are_walked_once_in_a_while(root, settings, monkeypatch):
    settings.MODEL_LOOK_SECONDS = 3600
    monkeypatch.setattr(model_roots, "_walked", ((), 0.0, []))
    assert len(model_roots.models()) == 2
    (root / "third").mkdir()
    (root / "third" / "config.json").write_text(json.dumps(CONFIG))
    with monkeypatch.context() as patch:
        patch.setattr(model_roots.os, "walk", lambda *_: pytest.fail("walked again"))
        assert len(model_roots.models()) == 2
    settings.MODEL_LOOK_SECONDS = 0
    assert len(model_roots.models()) == 3
    settings.MODEL_LOOK_SECONDS = 3600
    settings.DATA_ROOTS = {"other": str(root)}
    assert {model.name.partition("/")[0] for model in model_roots.models()} == {"other"}


def test_only_models_with_enough_embeddings_are_offered_for_a_tokenizer(root):
    assert [model.name for model in model_roots.usable(400)] == ["local/small/llama"]
    assert model_roots.usable(401) == []


@pytest.mark.parametrize(
    "name",
    [
        "local/../outside",
        "/etc",
        "local//etc",
        "other/small",
        "local",
        "",
        "local/notes",
        "file:///etc",
        "local/pickled",
    ],
)
def test_what_is_no_model_below_a_root_is_refused_at_its_field(root, name):
    with pytest.raises(UserError) as caught:
        model_roots.find(name)
    assert caught.value.field == "recipe.model.folder"


def test_a_link_that_leads_out_is_no_model(root, tmp_path):
    (root / "away").symlink_to(tmp_path / "outside")
    (root / "small" / "llama" / "extra.safetensors").symlink_to("/etc/hostname")
    for name in ("local/away", "local/small/llama"):
        with pytest.raises(UserError):
            model_roots.path_of(name)


@pytest.mark.parametrize("header", [b"", b"\xff" * 8, b"\x02\x00\x00\x00\x00\x00\x00\x00[]"])
def test_damaged_weights_are_a_problem_and_no_error(root, header):
    (root / "small" / "llama" / "model.safetensors").write_bytes(header)
    found = next(model for model in model_roots.models() if model.name == "local/small/llama")
    assert "cannot be read" in found.problem


@pytest.mark.django_db
def test_the_page_of_models_lists_presets_folders_and_checkpoints(root, signed_in, vera, charlie, study):
    page = signed_in(vera).get(reverse("tokenizers:models", args=[study.project.pk])).content.decode()
    assert "llama-160m" in page
    assert "Prose and code (400)" in page
    assert "local/small/llama" in page
    assert "no safetensors" in page
    assert "Base: 62 % prose" in page
    assert str(root) not in page
    assert signed_in(charlie).get(reverse("tokenizers:models", args=[study.project.pk])).status_code == 404


@pytest.mark.django_db
def test_a_run_can_start_from_a_folder_and_the_worker_alone_learns_where_it_lies(root, bob, study):
    from apps.runs import services
    from tests.apps import factories
    from workers.kinds import train

    recipe = {"schedules": [{"peak": 1e-3}], "batch_size": 2, "context": 32, "model": {"folder": "local/small/llama"}}
    run = services.create_run(name="Local", version=study.mixed, recipe=recipe, seed=0, by=bob)
    assert run.recipe["model"] == {"folder": "local/small/llama"}
    if not run.plan.artifact_id:
        factories.done(run.plan)
    work = train.prepare(run.job)
    assert work.params["run"]["recipe"]["model"]["folder"] == str(root / "small" / "llama")
    assert str(root) not in Run.objects.get(pk=run.pk).document


@pytest.mark.django_db
def test_a_run_from_a_path_of_the_machine_is_refused(root, bob, study):
    from apps.runs import services

    recipe = {"schedules": [{}], "model": {"folder": str(root / "small" / "llama")}}
    with pytest.raises(UserError) as caught:
        services.create_run(name="Local", version=study.mixed, recipe=recipe, seed=0, by=bob)
    assert caught.value.field == "recipe.model.folder"


@pytest.mark.django_db
def test_the_form_of_runs_offers_folders(root, signed_in, bob, study):
    address = reverse("runs:new", args=[study.project.pk])
    assert "folder:local/small/llama" in signed_in(bob).get(address).content.decode()

"""What every score promises, over the registry: a new file is tested because it exists."""

import subprocess
import sys
from dataclasses import MISSING, fields

import numpy as np
import pytest

from gradatim import params, registry
from gradatim.corpora.store import Dataset
from gradatim.corpora.tokens import Tokens
from gradatim.specs import Model
from gradatim.training import checkpoint, models
from gradatim.types import Reference, ScoreContext
from tests.gradatim.training import tiny

NAMES = registry.names("scores")
DIRECTIONS = {"harder", "easier", "better", "worse", "neutral"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"), samples=40)


@pytest.fixture(scope="module")
def context(corpus, tmp_path_factory):
    tokens = Tokens(corpus.tokens.path)
    model = models.build(Model(preset="llama-1m"), vocab_size=tokens.vocab_size, context=16, seed=0)
    folder = tmp_path_factory.mktemp("model") / "checkpoint"
    stored = checkpoint.write_model(folder, model, None, {})
    return ScoreContext(
        tokens=tokens, checkpoint=stored.path, reference=Reference(Dataset(corpus.dataset.path), tokens)
    )


@pytest.fixture(scope="module")
def required(tmp_path_factory):
    """A value for each parameter that has no default."""
    path = tmp_path_factory.mktemp("files") / "scores.npy"
    np.save(path, np.linspace(-1, 1, 40))
    return {"path": str(path)}


@pytest.mark.parametrize("name", NAMES)
def test_a_score_says_what_it_is(name):
    module, described = registry.load("scores", name), registry.describe("scores", name)
    assert described["help"]
    assert described["source"]
    assert module.version >= 1
    assert module.higher_means in DIRECTIONS
    assert module.device in {"cpu", "gpu"}
    assert set(module.needs) <= {"tokens", "checkpoint", "reference"}
    for name_of_field, schema in described["parameters"]["properties"].items():
        assert schema["description"], name_of_field


@pytest.mark.parametrize("name", NAMES)
def test_a_score_is_one_finite_number_a_sample_each_time(name, corpus, context, required):
    module = registry.load("scores", name)
    given = {f.name: required[f.name] for f in fields(module.Params) if f.default is MISSING}
    values = params.parse(module.Params, given)
    samples = Dataset(corpus.dataset.path)
    first, second = (np.concatenate(list(module.score(samples, values, context))) for _ in range(2))
    assert first.dtype == np.float32
    assert first.shape == (samples.rows,)
    assert np.isfinite(first).all()
    assert first.tobytes() == second.tobytes()


def test_describing_scores_and_tasks_loads_no_torch():
    code = (
        "import sys\nfrom gradatim import registry\n"
        "for family in ('scores', 'tasks'):\n"
        "    [registry.describe(family, name) for name in registry.names(family)]\n"
        "from gradatim.training import models\nprint(models.PRESETS.keys())\n"
        "assert not {'torch', 'transformers'} & set(sys.modules), sorted(sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

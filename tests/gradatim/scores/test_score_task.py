import numpy as np
import pytest

from gradatim import artifacts, params
from gradatim.corpora.store import Dataset
from gradatim.errors import UserError
from gradatim.events import Artifact, Note, Progress
from gradatim.scores import length
from gradatim.tasks import score
from gradatim.types import Stopped, TaskContext
from tests.gradatim.training import tiny


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"), samples=100)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(length, "CHUNK", 30)


def task(corpus, out, previous=(), should_stop=lambda: False, method="length", **given):
    given = {"method": method, "dataset": corpus.dataset.digest, **given}
    values = params.parse(score.Params, given)
    return score.run(TaskContext(values, 5, corpus.inputs(), out, previous, should_stop))


def made(events, out):
    (event,) = [event for event in events if isinstance(event, Artifact)]
    return artifacts.verify(out / event.path)


def test_a_score_set_is_a_column_aligned_with_the_dataset(corpus, small_chunks, tmp_path):
    events = list(task(corpus, tmp_path))
    assert [e.done for e in events if isinstance(e, Progress)] == [0, 30, 60, 90, 100]
    said = [e.text for e in events if isinstance(e, Note)]
    assert said == ["Scoring 100 samples by length."] + [f"{n} of 100 samples are scored." for n in (30, 60, 90, 100)]
    stored = made(events, tmp_path)
    values = np.load(stored.path / "scores.npy")
    sizes = Dataset(corpus.dataset.path).byte_counts()
    assert values.dtype == np.float32
    assert values.tolist() == sizes.tolist()
    assert stored.kind == "scores"
    assert stored.meta == {
        "dataset": corpus.dataset.digest,
        "method": "length",
        "params": {"unit": "bytes"},
        "method_version": 1,
        "higher_means": "harder",
        "rows": 100,
        "seed": 5,
        "precision": "exact",
        "tokenizer": None,
        "checkpoint": None,
        "minimum": sizes.min(),
        "maximum": sizes.max(),
    }


def test_a_stopped_scoring_goes_on_after_its_last_chunk(corpus, small_chunks, tmp_path):
    whole = made(list(task(corpus, tmp_path / "whole")), tmp_path / "whole")
    seen = []
    with pytest.raises(Stopped):
        for event in task(corpus, tmp_path / "1", should_stop=lambda: seen[-1].done >= 30):
            seen.extend([event] if isinstance(event, Progress) else [])
    with pytest.raises(Stopped):
        for event in task(corpus, tmp_path / "2", (tmp_path / "1",), lambda: seen[-1].done >= 90):
            seen.extend([event] if isinstance(event, Progress) else [])
    events = list(task(corpus, tmp_path / "3", (tmp_path / "2", tmp_path / "1")))
    assert [e.done for e in events if isinstance(e, Progress)] == [90, 100]
    assert made(events, tmp_path / "3").digest == whole.digest


def test_chunks_of_another_request_are_not_used(corpus, small_chunks, tmp_path):
    list(task(corpus, tmp_path / "1"))
    events = list(task(corpus, tmp_path / "1", (tmp_path / "1",), params={"unit": "characters"}))
    assert [e.done for e in events if isinstance(e, Progress)][0] == 0
    assert made(events, tmp_path / "1").meta["params"] == {"unit": "characters"}


def test_minus_zero_becomes_zero(corpus, tmp_path):
    np.save(tmp_path / "scores.npy", np.array([-0.0] * 100))
    events = list(task(corpus, tmp_path, method="imported", params={"path": str(tmp_path / "scores.npy")}))
    values = np.load(made(events, tmp_path).path / "scores.npy")
    assert not np.signbit(values).any()


def test_the_direction_of_an_imported_column_is_the_users(corpus, tmp_path):
    np.save(tmp_path / "scores.npy", np.arange(100))
    given = {"path": str(tmp_path / "scores.npy"), "higher_means": "better"}
    stored = made(list(task(corpus, tmp_path, method="imported", params=given)), tmp_path)
    assert stored.meta["higher_means"] == "better"


@pytest.mark.parametrize("bad", [np.inf, 1e300])
def test_what_is_no_finite_number_is_refused_with_its_samples(corpus, tmp_path, bad):
    values = np.arange(100.0)
    values[[17, 40]] = bad
    np.save(tmp_path / "scores.npy", values)
    with pytest.raises(UserError, match="2 of the samples 0 to 99 .* no finite number; the first: 's17', 's40'"):
        list(task(corpus, tmp_path, method="imported", params={"path": str(tmp_path / "scores.npy")}))


def test_what_a_score_needs_is_asked_for(corpus, tmp_path):
    with pytest.raises(UserError, match="perplexity needs a tokenizer") as caught:
        list(task(corpus, tmp_path, method="perplexity"))
    assert caught.value.field == "tokenizer"
    with pytest.raises(UserError, match="There is no score 'nonsense'"):
        list(task(corpus, tmp_path, method="nonsense"))

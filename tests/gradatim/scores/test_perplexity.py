import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradatim.corpora.store import Dataset
from gradatim.corpora.tokens import Tokens
from gradatim.errors import UserError
from gradatim.scores import perplexity
from gradatim.specs import Model
from gradatim.training import checkpoint, models
from gradatim.types import ScoreContext
from tests.gradatim.training import tiny


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"), samples=30)


@pytest.fixture(scope="module")
def tokens(corpus):
    return Tokens(corpus.tokens.path)


@pytest.fixture(scope="module")
def model(tokens):
    return models.build(Model(preset="llama-1m"), vocab_size=tokens.vocab_size, context=32, seed=0).eval()


@pytest.fixture(scope="module")
def context(tokens, model, tmp_path_factory):
    stored = checkpoint.write_model(tmp_path_factory.mktemp("model") / "checkpoint", model, None, {})
    return ScoreContext(tokens=tokens, checkpoint=stored.path)


def scored(corpus, context, /, **params):
    chunks = list(perplexity.score(Dataset(corpus.dataset.path), perplexity.Params(**params), context))
    return np.concatenate(chunks)


def alone(model, tokens, row, context, stride):
    """Mean loss of one sample by the definition: each token given what a window of its own would hold."""
    sample = tokens.sample(row).astype(np.int64)
    ids = torch.from_numpy(np.concatenate([[tokens.end_of_text], sample]))
    total, done, end = 0.0, 0, min(context, len(sample))
    while done < len(sample):
        window = ids[max(0, end - context) : end + 1]
        with torch.no_grad():
            log_p = model(input_ids=window[None, :-1]).logits[0].log_softmax(-1)
        total -= log_p.gather(-1, window[1:, None])[-(end - done) :].double().sum().item()
        done, end = end, min(end + stride, len(sample))
    return total / len(sample)


@pytest.mark.parametrize(("window", "stride"), [(0, 0), (16, 5), (16, 16), (8, 3)])
def test_every_sample_scores_as_it_does_alone(corpus, tokens, model, context, window, stride):
    longest = window or 32
    found = scored(corpus, context, measure="loss", context=window, stride=stride, batch_tokens=200)
    expected = [alone(model, tokens, row, longest, stride or longest // 2) for row in range(30)]
    assert max(tokens.lengths) > 2 * longest
    assert found == pytest.approx(expected, rel=1e-5)


def test_the_three_measures_are_of_one_loss(corpus, tokens, context):
    loss = scored(corpus, context, measure="loss").astype(np.float64)
    assert scored(corpus, context) == pytest.approx(np.exp(loss), rel=1e-5)
    sizes = Dataset(corpus.dataset.path).byte_counts()
    assert scored(corpus, context, measure="bits_per_byte") == pytest.approx(
        loss * tokens.lengths / np.log(2) / sizes, rel=1e-5
    )


def test_bf16_moves_a_loss_by_little(corpus, context):
    exact, rounded = (scored(corpus, context, measure="loss", precision=p) for p in ("fp32", "bf16"))
    assert rounded == pytest.approx(exact, abs=2e-2)


def test_a_resume_gives_the_same_bits(corpus, context, monkeypatch):
    monkeypatch.setattr(perplexity, "CHUNK", {"cpu": 10})
    whole = scored(corpus, context)
    rest = scored(corpus, ScoreContext(tokens=context.tokens, checkpoint=context.checkpoint, start=20))
    assert rest.tolist() == whole[20:].tolist()


@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=20),
    st.integers(1, 50).flatmap(lambda c: st.tuples(st.just(c), st.integers(1, c))),
)
def test_windows_predict_every_token_once(lengths, sizes):
    context, stride = sizes
    windows = perplexity.windows_of(np.array(lengths), context, stride)
    for row, length in enumerate(lengths):
        mine = windows.row == row
        ends = windows.start[mine] + windows.length[mine]
        predicted = [t for e, s in zip(ends, windows.scored[mine], strict=True) for t in range(e - s, e)]
        assert predicted == list(range(length))
    assert (windows.start >= 0).all()
    assert (windows.scored <= windows.length).all()
    assert (windows.length <= context).all()


def test_what_is_missing_or_does_not_fit_is_said(corpus, tokens, context, tmp_path):
    with pytest.raises(UserError, match="needs a checkpoint"):
        scored(corpus, ScoreContext(tokens=tokens))
    with pytest.raises(UserError, match="a context of 64 is longer"):
        scored(corpus, context, context=64)
    small = models.build(Model(preset="llama-1m"), vocab_size=10, context=32, seed=0)
    stored = checkpoint.write_model(tmp_path / "small", small, None, {})
    with pytest.raises(UserError, match="10 embeddings"):
        scored(corpus, ScoreContext(tokens=tokens, checkpoint=stored.path))

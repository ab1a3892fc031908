"""How far a sample is from a reference text: its perplexity under an n-gram model that learned the reference. Low is like the reference, which makes it
a score of relevance and not of quality in general.

The model is an interpolated modified Kneser-Ney model over token ids, learned when the score is made: of the reference's samples that may be trained on,
those of one domain where that is asked, none longer than what is asked. Each sample stands alone; its end-of-text token counts as one of its tokens.
Samples that stand in the reference itself score lower than others like them, because the model has read them.

Source: Chen & Goodman 1999, section 3; as a filter arXiv 2406.14833 (strategy II), where KenLM learned a medical reference
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradatim import ngrams, surprise
from gradatim.errors import UserError
from gradatim.params import param

if TYPE_CHECKING:
    from gradatim.corpora.store import Dataset
    from gradatim.types import Reference, ScoreContext

title = "N-gram perplexity"
version = 1
higher_means = "worse"
device = "cpu"
needs = ("tokens", "reference")

#: A chunk is as many samples as hold about so many tokens, at least one.
CHUNK_TOKENS = 1 << 20


@dataclass(frozen=True, slots=True)
class Params:
    order: int = param(5, help="Tokens that an n-gram holds, the predicted one included.", ge=2, le=7)
    measure: surprise.Measure = param("perplexity", help=surprise.HELP)
    domain: str = param("", help="Learn only this domain of the reference; empty learns all.")
    reference_tokens: int = param(
        20_000_000,
        help="Learn about so many tokens of the reference at most: whole samples, drawn by the seed. A million take about 0.2 GB of memory.",
        gt=0,
    )


def score(samples: "Dataset", params: Params, context: "ScoreContext") -> Iterator[np.ndarray]:
    if context.tokens is None or context.reference is None:
        missing = "tokenizer" if context.tokens is None else "reference"
        raise UserError(f"N-gram perplexity needs a {missing}: choose one.", field=missing)
    tokens = context.tokens
    data, lengths = _learned(context.reference, params, context.seed)
    model = ngrams.learn(data, lengths, vocab_size=tokens.vocab_size, order=params.order)
    lengths, sizes, start = np.diff(tokens.offsets), samples.byte_counts(), context.start
    while start < samples.rows:
        end = int(np.searchsorted(tokens.offsets, tokens.offsets[start] + CHUNK_TOKENS, side="right")) - 1
        rows = slice(start, min(max(end, start + 1), samples.rows))
        data = tokens.data[tokens.offsets[rows.start] : tokens.offsets[rows.stop]]
        yield surprise.measured(ngrams.losses(model, data, lengths[rows]), params.measure, lengths[rows], sizes[rows])
        start = rows.stop


def _learned(reference: "Reference", params: Params, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(token ids back to back, tokens a sample) of what the model learns: held-out samples are never among it."""
    usable = ~reference.samples.held_out()
    if params.domain:
        if params.domain not in reference.samples.domains:
            there = ", ".join(list(reference.samples.domains)[:10])
            raise UserError(f"The reference has no domain {params.domain}; there are: {there}.", field="params.domain")
        usable &= reference.samples.domain_codes() == list(reference.samples.domains).index(params.domain)
    lengths = np.diff(reference.tokens.offsets)
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(usable))
    rows = np.sort(rows[np.cumsum(lengths[rows]) - lengths[rows] < params.reference_tokens])
    if not len(rows):
        raise UserError("Nothing of the reference may be learned: all of its samples are held out.", field="reference")
    chosen = np.zeros(len(lengths), bool)
    chosen[rows] = True
    return reference.tokens.data[np.repeat(chosen, lengths)], lengths[rows]

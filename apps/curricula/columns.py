"""What streams of a draft look at, read from the stored artifacts and kept for the next preview."""

import functools
from math import log2
from pathlib import Path

import numpy as np

from apps.common import lookup
from apps.datasets.models import DatasetVersion, TokenizedVersion, Tokenizer
from apps.scores.models import ScoreSet
from gradatim.corpora.store import Dataset
from gradatim.corpora.tokens import Tokens
from gradatim.streams import Columns

#: Bits of a vocabulary's index that are worth a byte of text: a rule of thumb for a tokenizer that has encoded nothing
#: yet. English under byte-level BPE has 2.2 to 2.5 bytes a token with 1,024 entries and 4 to 4.5 with 50,000.
BITS_A_BYTE = 4.0


def columns_of(
    version: DatasetVersion, tokenizer: Tokenizer, score_set: ScoreSet | None = None
) -> tuple[Columns, bool]:
    """A finished version's columns, and whether its tokens are only estimated (the version is not tokenized yet).

    ``UserError`` where the store does not hold the artifacts.
    """
    folder = lookup.folder(version.artifact)
    held_out, codes, domains = _samples(folder)
    tokenized = TokenizedVersion.objects.filter(version=version, tokenizer=tokenizer, artifact__isnull=False)
    found = tokenized.select_related("artifact").first()
    lengths = _tokens(lookup.folder(found.artifact)) if found else _estimated(folder, rate(tokenizer))
    scores = lookup.scores(score_set.artifact) if score_set else None
    return Columns(held_out, codes, domains, lengths, scores), not found


def domains_of(version: DatasetVersion) -> tuple[np.ndarray, list[str]]:
    """The domain code of each sample of a finished version, and the names behind the codes."""
    _, codes, names = _samples(lookup.folder(version.artifact))
    return codes, names


def rate(tokenizer: Tokenizer) -> float:
    """Bytes a token: as measured where the tokenizer has been used, otherwise guessed from its vocabulary."""
    done = tokenizer.tokenized.filter(artifact__isnull=False, version__artifact__isnull=False)
    done = list(done.select_related("artifact", "version__artifact"))
    tokens = sum(row.artifact.meta["tokens"] for row in done)
    if not tokens:
        return log2(tokenizer.vocab_size) / BITS_A_BYTE
    return sum(row.version.artifact.meta["bytes"] for row in done) / tokens


# Folders of artifacts are named by their digests and never change. What is returned is shared and read-only.
@functools.lru_cache(maxsize=8)
def _samples(folder: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    dataset = Dataset(folder)
    return _shared(dataset.held_out()), _shared(dataset.domain_codes()), dataset.domains


@functools.lru_cache(maxsize=8)
def _tokens(folder: Path) -> np.ndarray:
    return _shared(Tokens(folder).lengths)


@functools.lru_cache(maxsize=8)
def _estimated(folder: Path, rate: float) -> np.ndarray:
    return _shared(np.maximum(1, np.round(Dataset(folder).byte_counts() / rate)).astype(np.int32))


def _shared(column: np.ndarray) -> np.ndarray:
    if column.flags.owndata and column.flags.writeable:
        column.flags.writeable = False
    return column

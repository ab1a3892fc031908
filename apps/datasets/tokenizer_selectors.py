"""Reads on tokenizers: lists, what a tokenizer makes of each dataset version, and of a text that is typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import Count, Q

from apps.accounts.models import Project
from apps.common import lookup
from apps.datasets.models import DatasetVersion, TokenizedVersion, Tokenizer
from apps.jobs.models import Status
from gradatim.corpora import tokenizers
from gradatim.errors import UserError

#: Characters that the box for trying takes.
TRY_LIMIT = 4000
DEAD = (Status.FAILED, Status.CANCELLED)


def tokenizers_of(project: Project):
    """All tokenizers with what they were trained on and how many versions they have made tokens of."""
    rows = Tokenizer.objects.filter(project=project).select_related("job", "artifact")
    rows = rows.annotate(counted=Count("tokenized", filter=Q(tokenized__artifact__isnull=False), distinct=True))
    return rows.prefetch_related("trained_on__dataset").order_by("name", "created_at")


def trained_on(tokenizer: Tokenizer) -> list[DatasetVersion]:
    return list(tokenizer.trained_on.select_related("dataset").order_by("dataset__name", "number"))


def tokens_by_version(tokenizer: Tokenizer) -> list[dict]:
    """Per dataset version with tokens: the tokenized row and, where finished, tokens, tokens a sample, bytes a token."""
    rows = tokenizer.tokenized.select_related("version__dataset", "version__artifact", "job", "artifact")
    return [_facts(row) for row in rows.order_by("version__dataset__name", "version__number")]


def not_counted(tokenizer: Tokenizer) -> list[DatasetVersion]:
    """Versions of the project without tokens by this tokenizer, made or being made."""
    rows = DatasetVersion.objects.filter(dataset__project=tokenizer.project_id).exclude(job__status__in=DEAD)
    done = tokenizer.tokenized.exclude(job__status__in=DEAD).values("version")
    return list(rows.exclude(pk__in=done).select_related("dataset").order_by("dataset__name", "-number"))


def not_counting(version: DatasetVersion) -> list[Tokenizer]:
    """Tokenizers of the project that have made no tokens of this version, nor are making any."""
    done = version.tokenized.exclude(job__status__in=DEAD).values("tokenizer")
    rows = Tokenizer.objects.filter(project=version.dataset.project_id).exclude(job__status__in=DEAD)
    return list(rows.exclude(pk__in=done).order_by("name", "created_at"))


def _facts(row: TokenizedVersion) -> dict:
    if not row.artifact or not row.version.artifact:
        return {"row": row}
    tokens, data = row.artifact.meta["tokens"], row.version.artifact.meta
    return {
        "row": row,
        "tokens": tokens,
        "per_sample": tokens / data["rows"] if data["rows"] else None,
        "bytes_per_token": data["bytes"] / tokens if tokens else None,
    }


@contextmanager
def no_panic(field: str) -> Iterator[None]:
    """A panic of the Rust library, which is no Exception and would end the server's thread, becomes a ``UserError``."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise UserError("The tokenizer's library gives up on this.", field=field) from None


@dataclass(frozen=True, slots=True)
class Tried:
    """A text in tokens: ``pieces`` are (text, token id); ``end`` is what a sample is closed with."""

    pieces: list[tuple[str, int]]
    characters: int
    bytes: int

    @property
    def bytes_per_token(self) -> float | None:
        return self.bytes / len(self.pieces) if self.pieces else None


def tried(tokenizer: Tokenizer, text: str) -> Tried:
    """What the tokenizer makes of a text. Tokens that share one character are shown by their own names.

    ``UserError`` (field ``text``) where the library cannot take it.
    """
    text = text[:TRY_LIMIT]
    backend = tokenizers.Tokenizer(lookup.folder(tokenizer.artifact)).backend
    with no_panic("text"):
        found = backend.encode(text, add_special_tokens=False)
    spans = found.offsets
    pieces = []
    for k, ((start, stop), token, name) in enumerate(zip(spans, found.ids, found.tokens, strict=True)):
        shared = (k > 0 and spans[k - 1][1] > start) or (k + 1 < len(spans) and spans[k + 1][0] < stop)
        pieces.append((name if shared or start == stop else text[start:stop], token))
    return Tried(pieces, len(text), len(text.encode()))

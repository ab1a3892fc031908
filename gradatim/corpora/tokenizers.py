"""Tokenizers: byte-level BPE trained here, or the tokenizer.json of somebody else's model."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from gradatim import artifacts
from gradatim.corpora.chat import Frame, Template, frame_of
from gradatim.errors import UserError

END_OF_TEXT = "<|endoftext|>"
#: Names under which published tokenizers know the token that ends a document, likeliest first.
KNOWN_ENDS = (END_OF_TEXT, "<|end_of_text|>", "</s>", "<eos>", "<|endofdocument|>", "<|im_end|>", "[SEP]")


class Tokenizer:
    """A tokenizer artifact for use; ``backend`` is the ``tokenizers.Tokenizer`` beneath."""

    def __init__(self, folder: Path):
        stored = artifacts.read(Path(folder))
        if stored.kind != "tokenizer":
            raise UserError(f"{folder} holds a {stored.kind}, not a tokenizer.")
        self.folder = stored.path
        self.digest: str = stored.digest
        self.meta: dict = stored.meta
        self.vocab_size: int = stored.meta["vocab_size"]
        self.end_of_text: int = stored.meta["end_of_text"]
        self.backend = open_file(stored.path / "tokenizer.json")
        #: How prompts and answers are written down; None: prompt, newline, answer.
        self.chat: Frame | None = Frame(**stored.meta["chat"]) if stored.meta.get("chat") else None

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text: nothing added, nothing cut, and "<|endoftext|>" in a text is text like any other."""
        return [e.ids for e in self.backend.encode_batch_fast(list(texts), add_special_tokens=False)]

    def encode_parted(self, texts: Sequence[str], starts: Sequence[int]) -> tuple[list[list[int]], list[int]]:
        """Token ids as :meth:`encode` gives them, and how many tokens of each text lie before its character number ``start``.

        A token across that border belongs to what follows it.
        """
        encoded = self.backend.encode_batch(list(texts), add_special_tokens=False)
        before = []
        for found, start in zip(encoded, starts, strict=True):
            ends = (place for place, (_, end) in enumerate(found.offsets) if end > start) if start else iter([0])
            before.append(next(ends, len(found.ids)))
        return [found.ids for found in encoded], before

    def decode(self, ids: Sequence[int]) -> str:
        return self.backend.decode([int(token) for token in ids], skip_special_tokens=False)


def open_file(path: Path):
    """The ``tokenizers.Tokenizer`` of a file, set to take texts literally and whole; ``UserError`` if it is none."""
    import tokenizers

    try:
        backend = tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"There is no file {path.name}.", field="path") from None
    except Exception as error:  # the library raises bare Exception for a file that it cannot read
        raise UserError(f"{path.name} is not a tokenizer.json that can be read: {error}.", field="path") from None
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = True
    return backend


def train_bpe(texts: Iterable[str] | Iterable[list[str]], vocab_size: int):
    """Byte-level BPE with one special token, "<|endoftext|>" (id 0). Equal texts give equal bytes.

    Source: Sennrich et al. 2016 (BPE), Radford et al. 2019 (on bytes, with GPT-2's pre-tokenization).
    """
    from tokenizers import Tokenizer as Backend
    from tokenizers import decoders, models, pre_tokenizers, trainers

    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    return backend


def write_tokenizer(
    folder: Path,
    backend,
    *,
    algorithm: str,
    trained_on: list[str],
    end_of_text: int,
    template: Template | None = None,
) -> artifacts.Stored:
    """Seal a folder with tokenizer.json, and the chat template where there is one, as an artifact of kind tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(backend.to_str(pretty=False), encoding="utf-8")
    meta = {
        "vocab_size": vocab_size_of(backend),
        "end_of_text": end_of_text,
        "algorithm": algorithm,
        "trained_on": trained_on,
    }
    if template is not None:
        (folder / "chat_template.jinja").write_text(template.source, encoding="utf-8")
        meta["chat"] = frame_of(template).as_dict()
    return artifacts.seal(folder, "tokenizer", meta)


def from_file(path: Path, folder: Path, *, end_of_text: str = "", template: Template | None = None) -> artifacts.Stored:
    """Make a tokenizer artifact in ``folder`` of a tokenizer.json; ``end_of_text`` names the token that ends a sample.

    Left empty, the usual names are tried; ``UserError`` where none is in the vocabulary.
    """
    backend = open_file(Path(path))
    wanted = (end_of_text,) if end_of_text else KNOWN_ENDS
    found = next((backend.token_to_id(name) for name in wanted if backend.token_to_id(name) is not None), None)
    if found is None:
        tried = ", ".join(wanted)
        raise UserError(
            f"The tokenizer {Path(path).name} has no end-of-text token ({tried}): name the one that ends a document.",
            field="end_of_text",
        )
    algorithm = type(backend.model).__name__
    return write_tokenizer(folder, backend, algorithm=algorithm, trained_on=[], end_of_text=found, template=template)


def vocab_size_of(backend) -> int:
    """The highest token id plus one: what an embedding needs, also where a vocabulary has gaps."""
    return max(backend.get_vocab(with_added_tokens=True).values()) + 1

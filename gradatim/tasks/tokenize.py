"""Encodes every sample of a dataset with a tokenizer, once, so that training and plans read token ids from disk.

Source: definition
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gradatim.corpora.store import Dataset
from gradatim.corpora.tokenizers import Tokenizer
from gradatim.corpora.tokens import write_tokens
from gradatim.events import Event
from gradatim.params import param
from gradatim.types import Stopped, TaskContext

version = 1


@dataclass(frozen=True, slots=True)
class Params:
    dataset: str = param(help="Digest of the dataset.", pattern=r"^[0-9a-f]{64}$")
    tokenizer: str = param(help="Digest of the tokenizer.", pattern=r"^[0-9a-f]{64}$")


def run(context: TaskContext) -> Iterator[Event]:
    dataset = Dataset(context.inputs.get("dataset", context.params.dataset).path)
    tokenizer = Tokenizer(context.inputs.get("tokenizer", context.params.tokenizer).path)
    for event in write_tokens(context.out, dataset, tokenizer):
        yield event
        if context.should_stop() and event.kind != "artifact":
            raise Stopped

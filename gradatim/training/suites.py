"""A model's answers to an evaluation suite: likelihoods of choices, or what it writes; and what they score by domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradatim.types import Stopped, never

if TYPE_CHECKING:
    import torch
    from torch import nn

    from gradatim.corpora.tokenizers import Tokenizer
    from gradatim.questions import Question, Suite


@dataclass(frozen=True)
class Asking:
    """A model in evaluation mode, and how it is asked.

    ``losses`` gives every token's loss (:func:`gradatim.training.step.token_losses`). A prompt that is too long for ``context``
    tokens together with its answer loses its beginning. Batches are of rows of about one length. ``Stopped`` is raised between two of
    them where ``should_stop``.
    """

    tokenizer: Tokenizer
    model: nn.Module
    losses: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    context: int
    batch_size: int
    device: torch.device
    precision: str = "fp32"
    should_stop: Callable[[], bool] = never

    def scores(self, suite: Suite) -> dict[str, dict[str, float]]:
        """``{domain: {measure: mean over its questions}}``."""
        found = self._written(suite) if suite.module.generates else self._likelihoods(suite)
        scores: dict[str, dict[str, list[float]]] = {}
        for place, answer in found:
            into = scores.setdefault(suite.questions[place].domain, {})
            for measure, value in suite.graded(place, answer).items():
                into.setdefault(measure, []).append(value)
        return {
            domain: {measure: float(np.mean(values)) for measure, values in scores[domain].items()}
            for domain in sorted(scores)
        }

    def _likelihoods(self, suite: Suite) -> Iterator[tuple[int, list[float]]]:
        """Each question's place with the summed log-likelihood of its choices, in nats."""
        import torch

        from gradatim.training.step import IGNORED

        encode = self._framed if suite.params.chat and self.tokenizer.chat else self._encoded
        rows = [row for question in suite.questions for row in encode(question)]
        sums = np.zeros(len(rows))
        for batch in self._batches([len(ids) for ids, _ in rows]):
            longest = max(len(rows[row][0]) for row in batch)
            # What stands behind a row is never looked at: attention is causal and nothing there is predicted.
            input_ids = torch.zeros((len(batch), longest), dtype=torch.int64)
            targets = torch.full((len(batch), longest), IGNORED, dtype=torch.int64)
            for k, row in enumerate(batch):
                ids, start = rows[row]
                input_ids[k, : len(ids)] = torch.tensor(ids)
                targets[k, start - 1 : len(ids) - 1] = torch.tensor(ids[start:])
            with torch.inference_mode():
                found = self.losses(input_ids.to(self.device), targets.to(self.device)).sum(dim=1, dtype=torch.float64)
            sums[batch] = -found.cpu().numpy()
        start = 0
        for place, question in enumerate(suite.questions):
            stop = start + len(question.choices)
            yield place, sums[start:stop].tolist()
            start = stop

    def _encoded(self, question: Question) -> Iterator[tuple[list[int], int]]:
        """For each choice the tokens of prompt and choice, and where the choice starts, which is never 0.

        Both are encoded as one text, as they were in training; spaces that end the prompt belong to the choice, because tokens
        begin with a space rather than end with one.
        """
        prompt = question.prompt.rstrip(" ")
        gap = question.prompt[len(prompt) :] or " "
        alone, *whole = self.tokenizer.encode([prompt, *(prompt + gap + choice for choice in question.choices)])
        for ids in whole:
            apart = (k for k, (a, b) in enumerate(zip(alone, ids, strict=False)) if a != b)
            same = next(apart, min(len(alone), len(ids) - 1))
            answer = ids[same:][-(self.context - 1) :]
            kept = ids[max(0, same - (self.context - len(answer))) : same] or [self.tokenizer.end_of_text]
            yield kept + answer, len(kept)

    def _framed(self, question: Question) -> Iterator[tuple[list[int], int]]:
        """As :meth:`_encoded`, by the tokenizer's chat template; what closes an answer there is a part of every choice."""
        asked = [question.prompt] * len(question.choices)
        for ids, start in zip(*self.tokenizer.chat.encode(self.tokenizer, asked, question.choices), strict=True):
            answer = ids[start:][-(self.context - 1) :]
            kept = ids[max(0, start - (self.context - len(answer))) : start] or [self.tokenizer.end_of_text]
            yield kept + answer, len(kept)

    def _written(self, suite: Suite) -> Iterator[tuple[int, str]]:
        """Each question's place with what the model writes after its prompt, greedily, until its end-of-text token or what closes an answer."""
        import torch

        from gradatim.training.step import autocast, minding_padding

        end, new = self.tokenizer.end_of_text, min(suite.params.tokens, max(1, self.context // 2))
        prompts = [question.prompt for question in suite.questions]
        chat = self.tokenizer.chat if suite.params.chat else None
        encoded = chat.encode_prompts(self.tokenizer, prompts) if chat else self.tokenizer.encode(prompts)
        ends = [end]
        if chat and (closing := chat.closing(self.tokenizer)) not in (None, end):
            ends.append(closing)
        prompts = [ids[-(self.context - new) :] or [end] for ids in encoded]
        for batch in self._batches([len(ids) for ids in prompts]):
            longest = max(len(prompts[place]) for place in batch)
            input_ids = torch.full((len(batch), longest), end, dtype=torch.int64)
            mask = torch.zeros((len(batch), longest), dtype=torch.int64)
            for k, place in enumerate(batch):
                input_ids[k, longest - len(prompts[place]) :] = torch.tensor(prompts[place])
                mask[k, longest - len(prompts[place]) :] = 1
            with torch.inference_mode(), autocast(self.device, self.precision), minding_padding(self.model):
                written = self.model.generate(
                    input_ids=input_ids.to(self.device),
                    attention_mask=mask.to(self.device),
                    max_new_tokens=new,
                    do_sample=False,
                    num_beams=1,
                    eos_token_id=ends,
                    pad_token_id=end,
                    use_cache=True,
                )
            for place, ids in zip(batch, written[:, longest:].tolist(), strict=True):
                over = next((k for k, token in enumerate(ids) if token in ends), len(ids))
                yield place, self.tokenizer.decode(ids[:over])

    def _batches(self, lengths: list[int]) -> Iterator[list[int]]:
        """Places of rows, those of about one length together."""
        order = sorted(range(len(lengths)), key=lambda place: (lengths[place], place))
        for first in range(0, len(order), self.batch_size):
            if self.should_stop():
                raise Stopped
            yield order[first : first + self.batch_size]


def metrics(name: str, scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """``eval/<suite>/<domain>/<measure>``."""
    return {
        f"eval/{name}/{domain}/{measure}": value
        for domain, measures in scores.items()
        for measure, value in measures.items()
    }

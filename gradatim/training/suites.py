"""A model's answers to an evaluation suite: likelihoods of choices, or what it writes; and what they score by domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradatim.types import Stopped, never

if TYPE_CHECKING:
    import torch
    from torch import nn

    from gradatim.corpora.tokenizers import Tokenizer
    from gradatim.questions import Suite

    Losses = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def evaluate(
    suite: Suite,
    tokenizer: Tokenizer,
    model: nn.Module,
    losses: Losses,
    *,
    context: int,
    batch_size: int,
    device: torch.device,
    precision: str = "fp32",
    should_stop: Callable[[], bool] = never,
) -> dict[str, dict[str, float]]:
    """``{domain: {measure: mean}}`` of a model in evaluation mode.

    ``losses`` gives every token's loss (:func:`gradatim.training.step.token_losses`). A prompt that is too long for
    ``context`` tokens together with its answer loses its beginning. Raises ``Stopped`` between two batches on request.
    """
    import torch

    if suite.module.generates:
        found = _written(suite, tokenizer, model, context, batch_size, device, precision, should_stop)
    else:
        found = _likelihoods(suite, tokenizer, losses, context, batch_size, device, should_stop)
    scores: dict[str, dict[str, list[float]]] = {}
    with torch.inference_mode():
        for place, answer in found:
            into = scores.setdefault(suite.questions[place].domain, {})
            for measure, value in suite.graded(place, answer).items():
                into.setdefault(measure, []).append(value)
    return {
        domain: {measure: float(np.mean(values)) for measure, values in scores[domain].items()}
        for domain in sorted(scores)
    }


def metrics(name: str, scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """``eval/<suite>/<domain>/<measure>``."""
    return {
        f"eval/{name}/{domain}/{measure}": value
        for domain, measures in scores.items()
        for measure, value in measures.items()
    }


def _likelihoods(
    suite: Suite, tokenizer: Tokenizer, losses: Losses, context: int, batch_size: int, device: torch.device, should_stop
) -> Iterator[tuple[int, list[float]]]:
    """Each question's place with the summed log-likelihood of its choices, in nats."""
    import torch

    from gradatim.training.step import IGNORED

    rows = [row for question in suite.questions for row in _encoded(question, tokenizer, context)]
    order = sorted(range(len(rows)), key=lambda row: (len(rows[row][0]), row))
    sums = np.zeros(len(rows))
    for first in range(0, len(order), batch_size):
        if should_stop():
            raise Stopped
        batch = order[first : first + batch_size]
        longest = len(rows[batch[-1]][0])
        # What stands behind a row is never looked at: attention is causal and nothing there is predicted.
        input_ids = torch.zeros((len(batch), longest), dtype=torch.int64)
        targets = torch.full((len(batch), longest), IGNORED, dtype=torch.int64)
        for k, row in enumerate(batch):
            ids, start = rows[row]
            input_ids[k, : len(ids)] = torch.tensor(ids)
            targets[k, start - 1 : len(ids) - 1] = torch.tensor(ids[start:])
        with torch.inference_mode():
            found = losses(input_ids.to(device), targets.to(device)).sum(dim=1, dtype=torch.float64)
        sums[batch] = -found.cpu().numpy()
    start = 0
    for place, question in enumerate(suite.questions):
        stop = start + len(question.choices)
        yield place, sums[start:stop].tolist()
        start = stop


def _encoded(question: Any, tokenizer: Tokenizer, context: int) -> Iterator[tuple[list[int], int]]:
    """For each choice the tokens of prompt and choice, and where the choice starts, which is never 0.

    Both are encoded as one text, as they were in training; spaces that end the prompt belong to the choice, because tokens begin
    with a space rather than end with one.
    """
    prompt = question.prompt.rstrip(" ")
    gap = question.prompt[len(prompt) :] or " "
    whole = tokenizer.encode([prompt, *(prompt + gap + choice for choice in question.choices)])
    alone = whole[0]
    for ids in whole[1:]:
        same = next(
            (k for k, (a, b) in enumerate(zip(alone, ids, strict=False)) if a != b), min(len(alone), len(ids) - 1)
        )
        answer = ids[same:][-(context - 1) :]
        kept = ids[max(0, same - (context - len(answer))) : same] or [tokenizer.end_of_text]
        yield kept + answer, len(kept)


def _written(
    suite: Suite,
    tokenizer: Tokenizer,
    model: nn.Module,
    context: int,
    batch_size: int,
    device: torch.device,
    precision: str,
    should_stop: Callable[[], bool],
) -> Iterator[tuple[int, str]]:
    """Each question's place with what the model writes after its prompt, greedily, until its end-of-text token."""
    import torch

    from gradatim.training.step import autocast

    new = min(suite.params.tokens, max(1, context // 2))
    prompts = [
        ids[-(context - new) :] or [tokenizer.end_of_text]
        for ids in tokenizer.encode([q.prompt for q in suite.questions])
    ]
    order = sorted(range(len(prompts)), key=lambda place: (len(prompts[place]), place))
    for first in range(0, len(order), batch_size):
        if should_stop():
            raise Stopped
        batch = order[first : first + batch_size]
        longest = len(prompts[batch[-1]])
        input_ids = torch.full((len(batch), longest), tokenizer.end_of_text, dtype=torch.int64)
        mask = torch.zeros((len(batch), longest), dtype=torch.int64)
        for k, place in enumerate(batch):
            input_ids[k, longest - len(prompts[place]) :] = torch.tensor(prompts[place])
            mask[k, longest - len(prompts[place]) :] = 1
        with torch.inference_mode(), autocast(device, precision):
            written = model.generate(
                input_ids=input_ids.to(device),
                attention_mask=mask.to(device),
                max_new_tokens=new,
                do_sample=False,
                num_beams=1,
                eos_token_id=tokenizer.end_of_text,
                pad_token_id=tokenizer.end_of_text,
                use_cache=True,
            )
        for place, ids in zip(batch, written[:, longest:].tolist(), strict=True):
            ended = ids.index(tokenizer.end_of_text) if tokenizer.end_of_text in ids else len(ids)
            yield place, tokenizer.decode(ids[:ended])

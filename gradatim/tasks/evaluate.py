"""Evaluates a model on held-out text, by the mean loss of each domain in nats a token and in bits a byte, and on suites of
questions, by how many it answers.

Source: definition
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gradatim import artifacts
from gradatim import digest as digests
from gradatim.corpora.store import Dataset
from gradatim.corpora.tokenizers import Tokenizer
from gradatim.corpora.tokens import Tokens
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Metric, Note, Progress
from gradatim.params import param
from gradatim.questions import open_suite
from gradatim.types import Stopped, TaskContext

version = 1

_DIGEST = r"^[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class Params:
    checkpoint: str = param(help="Digest of the model's checkpoint.", pattern=_DIGEST)
    tokenizer: str = param(help="Digest of the tokenizer that the model was trained with.", pattern=_DIGEST)
    datasets: list[str] = param([], help="Digests of the datasets; domains of one name are evaluated together.")
    suites: dict = param({}, help="Digests of suites of questions, each by the name under which its values are kept.")
    suite: str = param(
        "heldout", help="Name under which the values are kept.", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
    )
    windows: int = param(64, help="Rows of context length a domain, at most.", ge=1)
    context: int = param(0, help="Tokens of a row; 0 takes what the model was made for.", ge=0)
    batch_size: int = param(16, help="Rows of one forward pass.", ge=1)
    precision: Literal["fp32", "bf16"] = param("fp32", help="Of the matrix products.")
    attention: Literal["packed", "within_samples"] = param(
        "packed", help="Over whole rows of held-out text, or within the samples in them; as the model was trained."
    )
    weights: Literal["last", "averaged"] = param(
        "last", help="Those of the checkpoint's last step, or their average where its run kept one."
    )


def run(context: TaskContext) -> Iterator[Event]:
    """The values are a metric at the checkpoint's step, and ``out/evaluation`` (kind "evaluation")."""
    wanted = context.params
    if not wanted.datasets and not wanted.suites:
        raise UserError("Name datasets or suites to evaluate on.", field="datasets")
    stored = context.inputs.get("checkpoint", wanted.checkpoint)
    if stored.meta.get("tokenizer", wanted.tokenizer) != wanted.tokenizer:
        raise UserError("The checkpoint was trained with another tokenizer: choose the same.", field="tokenizer")
    tokenizer = Tokenizer(context.inputs.get("tokenizer", wanted.tokenizer).path)
    sources = []
    for digest in wanted.datasets:
        tokens = context.inputs.find("tokens", dataset=digest, tokenizer=wanted.tokenizer)
        sources.append((Dataset(context.inputs.get("dataset", digest).path), Tokens(tokens.path)))
    suites = {name: open_suite(context.inputs.get("suite", digest).path) for name, digest in wanted.suites.items()}
    yield Note("Evaluation starts: reading the model.")
    from gradatim.training import evaluate, models, step
    from gradatim.training import suites as questions

    device = step.choose_device()
    model = models.load(stored.path, field="checkpoint", weights=wanted.weights).eval()
    length = wanted.context or models.context_of(model) or 1024
    models.check(model, vocab_size=tokenizer.vocab_size, context=length, field="context")
    losses = step.token_losses(step.place(model, device, wanted.precision), wanted.precision)
    within = wanted.attention == "within_samples"
    if within:
        step.check_within(model, length)
    domains = evaluate.held_out(sources, windows=wanted.windows, context=length)
    total, values = len(domains) + len(suites), {}
    for done, domain in enumerate(domains):
        yield Progress(done, total, "parts", domain.name)
        if context.should_stop():
            raise Stopped
        if not domain.usable:
            yield Note(f"The domain {domain.name} is not evaluated: it has no held-out text.", "warning")
            continue
        with step.determinism(True, device):
            found = evaluate.evaluate(
                losses, [domain], batch_size=wanted.batch_size, device=device, within_samples=within
            )
        values |= evaluate.metrics(wanted.suite, [domain], found)
    asking = questions.Asking(
        tokenizer,
        model,
        losses,
        context=length,
        batch_size=wanted.batch_size,
        device=device,
        precision=wanted.precision,
        should_stop=context.should_stop,
    )
    for done, (name, suite) in enumerate(suites.items(), len(domains)):
        yield Progress(done, total, "parts", name)
        with step.determinism(True, device):
            values |= questions.metrics(name, asking.scores(suite))
        yield Note(f"Answered {len(suite.questions):,} questions of {name}.")
    yield Progress(total, total, "parts")
    averaged = wanted.weights == "averaged"
    if averaged:
        values = {name.replace("eval", evaluate.AVERAGED, 1): value for name, value in values.items()}
    yield Metric(stored.meta.get("step", 0), stored.meta.get("tokens", 0), values)
    folder = context.out / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "values.json").write_bytes(digests.canonical_json(values))
    meta = {"checkpoint": wanted.checkpoint, "tokenizer": wanted.tokenizer, "datasets": list(wanted.datasets)}
    meta |= {"suite": wanted.suite, "windows": wanted.windows, "context": length, "precision": wanted.precision}
    meta |= {"suites": dict(wanted.suites)} if wanted.suites else {}
    meta |= {"weights": wanted.weights} if averaged else {}
    sealed = artifacts.seal(folder, "evaluation", meta)
    yield Artifact("evaluation", "evaluation", sealed.digest, sealed.meta)

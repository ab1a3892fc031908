"""Writes on score sets."""

from django.db import transaction

from apps.accounts.models import User
from apps.audit import refusals
from apps.datasets import services as datasets
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.jobs import services as jobs
from apps.jobs.models import Artifact, Job
from apps.runs.models import Run
from apps.scores import uploads
from apps.scores.models import ScoreSet
from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import UserError


def create_score_set(
    *,
    version: DatasetVersion,
    method: str,
    by: User,
    params: dict | None = None,
    name: str = "",
    tokenizer: Tokenizer | None = None,
    checkpoint_of: Run | None = None,
    reference: DatasetVersion | None = None,
    seed: int = 0,
) -> ScoreSet:
    """Queue the scoring of a dataset version; what the method needs is waited for, tokens are made where missing."""
    with refusals.recorded(project=version.dataset.project, by=by), transaction.atomic():
        module = registry.load("scores", method)
        parsed = parameters.parse(module.Params, params, where="params")
        values, needs = parameters.as_dict(parsed), needs_of(module, parsed)
        if "path" in values:
            uploads.path_of(version.dataset.project, values["path"])
        after = [version.job]
        if "tokens" in needs:
            if tokenizer is None:
                raise UserError(f"{module.title} needs a tokenizer: choose one.", field="tokenizer")
            after += datasets.tokenize_version(version=version, tokenizer=tokenizer, by=by).awaited
        if "checkpoint" in needs:
            if checkpoint_of is None:
                raise UserError(
                    f"{module.title} needs a model: choose a run whose last checkpoint scores.", field="checkpoint_of"
                )
            if checkpoint_of.trained_elsewhere:
                raise UserError(
                    f"{checkpoint_of.name} was trained elsewhere: its weights are not here.", field="checkpoint_of"
                )
            after.append(checkpoint_of.job)
        if "reference" in needs:
            if reference is None:
                raise UserError(f"{module.title} needs a reference: choose a dataset.", field="reference")
            _has_domain(reference, values.get("domain"))
            after += [reference.job, *datasets.tokenize_version(version=reference, tokenizer=tokenizer, by=by).awaited]
        title = f"Score {version.dataset.name} version {version.number} by {name or module.title.lower()}"
        job = jobs.enqueue(
            project=version.dataset.project,
            kind="score",
            title=title,
            queue=module.device,
            by=by,
            after=list(dict.fromkeys(after)),
        )
        return ScoreSet.objects.create(
            version=version,
            name=name or method,
            method=method,
            params=values,
            seed=seed,
            tokenizer=tokenizer if "tokens" in needs else None,
            checkpoint_of=checkpoint_of if "checkpoint" in needs else None,
            reference=reference if "reference" in needs else None,
            job=job,
        )


def _has_domain(version: DatasetVersion, domain: str | None) -> None:
    """What is not imported yet is asked by the job."""
    domains = version.artifact.meta["domains"] if version.artifact else {}
    if domain and domains and domain not in domains:
        there = ", ".join(list(domains)[:10])
        raise UserError(f"The reference has no domain {domain}; there are: {there}.", field="params.domain")


def needs_of(module, params) -> tuple[str, ...]:
    """What a method needs with these parameters: some of "tokens", "checkpoint", "reference", or nothing."""
    return module.needs_for(params) if hasattr(module, "needs_for") else module.needs


def enter_scores(*, job: Job, artifact: Artifact, summary: dict) -> None:
    ScoreSet.objects.filter(job=job).update(artifact=artifact, summary=summary)

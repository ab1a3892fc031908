"""From a job to the page of what it makes."""

from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse

from apps.jobs.models import Job

#: reverse relation -> (address of its page, the row's attribute that holds the page's key)
PAGES = {
    "dataset_version": ("datasets:version", "pk"),
    "tokenizer": ("tokenizers:detail", "pk"),
    "tokenized_version": ("datasets:version", "version_id"),
    "dataset_export": ("datasets:export", "version_id"),
    "score_set": ("scores:detail", "pk"),
    "plan": ("curricula:version", "version_id"),
    "run": ("runs:detail", "pk"),
    "evaluation": ("runs:detail", "run_id"),
}
WORDS = {
    "dataset_version": "the dataset version",
    "tokenizer": "the tokenizer",
    "tokenized_version": "the dataset version",
    "dataset_export": "the exports",
    "score_set": "the score set",
    "plan": "the curriculum",
    "run": "the run",
    "evaluation": "the run",
}


def target(job: Job) -> dict | None:
    """{"url", "word"} of what the job makes; None where that has no page of its own."""
    for relation, (page, key) in PAGES.items():
        try:
            row = getattr(job, relation)
        except ObjectDoesNotExist:
            continue
        return {"url": reverse(page, args=[getattr(row, key)]), "word": WORDS[relation]}
    return None

"""Pages of datasets."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.models import Project
from apps.common.htmx import answer, signed_in
from apps.datasets import selectors
from apps.datasets.models import Dataset, DatasetVersion


@require_GET
@signed_in
def dataset_list(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    return render(request, "datasets/list.html", {"project": project, "datasets": selectors.datasets_of(project)})


@require_GET
@signed_in
def detail(request, pk):
    """A dataset: what it is, and its versions, newest first."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.user).select_related("project"), pk=pk)
    versions = dataset.versions.select_related("job", "artifact").order_by("-number")
    context = {"project": dataset.project, "dataset": dataset, "versions": versions}
    return render(request, "datasets/detail.html", context)


@require_GET
@signed_in
def version(request, pk):
    """A version with its samples; page, domain and word are the address. htmx gets the samples alone."""
    found = _version(request, pk)
    query = {"word": request.GET.get("q", "").strip()[:200], "domain": request.GET.get("domain", "")}
    context = {"project": found.dataset.project, "version": found, "query": query}
    if found.artifact:
        context["samples"] = selectors.samples(found.artifact, **query, page=request.GET.get("page", 1))
        context["domains"] = selectors.domains_of(found)
        context["tokens"] = selectors.tokens_of(found)
        context["score_sets"] = found.score_sets.select_related("job")
    return answer(request, "datasets/version.html", context, partial="samples")


@require_GET
@signed_in
def sample(request, pk, position):
    """One sample whole, with what every score set says of it."""
    found = _version(request, pk)
    row = selectors.sample(found, position) if found.artifact else None
    if row is None:
        raise Http404
    context = {"project": found.dataset.project, "version": found, "sample": row}
    return render(request, "datasets/sample.html", context | {"scores": selectors.scores_at(found, position)})


def _version(request, pk) -> DatasetVersion:
    rows = DatasetVersion.objects.visible_to(request.user).select_related("dataset__project", "artifact", "job")
    return get_object_or_404(rows, pk=pk)

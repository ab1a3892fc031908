"""The page of models: what a run's weights can come from."""

from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.models import Project
from apps.common import model_roots
from apps.common.htmx import signed_in
from apps.datasets.tokenizer_selectors import DEAD
from gradatim.presets import PRESETS

#: Vocabularies that weights are counted with where a project has no tokenizer, and the most tokenizers of a table.
USUAL, COLUMNS = (2048, 32_000), 3


@require_GET
@signed_in
def models(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    tokenizers = list(project.tokenizers.exclude(job__status__in=DEAD).order_by("name")[:COLUMNS])
    entries = [row.vocab_size for row in tokenizers] or USUAL
    presets = [
        {"name": name, "preset": preset, "counts": [(n, preset.parameters(n)) for n in entries]}
        for name, preset in PRESETS.items()
    ]
    runs = project.runs.filter(checkpoint__isnull=False, checkpoint_deleted_at=None).select_related("checkpoint")
    context = {"project": project, "tokenizers": tokenizers, "presets": presets, "folders": model_roots.models()}
    context |= {"runs": runs.order_by("-created_at"), "configured": bool(settings.DATA_ROOTS)}
    return render(request, "tokenizers/models.html", context)

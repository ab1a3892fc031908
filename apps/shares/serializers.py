"""All that a visitor may see, field by field. What is not named here does not leave; templates get nothing else."""

from django.urls import reverse
from django.utils.http import urlencode
from rest_framework import serializers

from apps.comparisons.leads import MANY, leads_of
from apps.comparisons.pages import CHOICES, downloads, figure_query, formulas, legend_of, marked, marks_of, panels
from apps.comparisons.selectors import Compared
from apps.comparisons.serializers import (
    AnswerRow,
    FairnessCheck,
    FinalRow,
    ForgettingRow,
    GapRow,
    MeasuredRow,
    OverSeedsRow,
    SettingRow,
    SignatureRow,
)
from apps.runs.series import names_apart
from apps.shares.models import ShareLink


class SharedRun(serializers.Serializer):
    """A run by its names alone: no id, no job, no digest, no person."""

    curriculum = serializers.CharField(source="version.curriculum.name")
    curriculum_version = serializers.IntegerField(source="version.number")
    starts_from = serializers.CharField()
    seed = serializers.IntegerField()
    status = serializers.CharField(source="job.status")


class SharedView(serializers.Serializer):
    axis = serializers.CharField()
    metric = serializers.CharField()
    scale = serializers.CharField()
    seeds = serializers.CharField()
    smoothing = serializers.CharField()
    panels = serializers.CharField()
    domain = serializers.CharField()
    baseline = serializers.IntegerField()
    tolerance = serializers.FloatField()


class SharedDifference(serializers.Serializer):
    settings = SettingRow(many=True)
    same = serializers.IntegerField()


class SharedValue(MeasuredRow):
    difference = serializers.FloatField(allow_null=True)


class SharedFinal(FinalRow):
    measured = SharedValue(many=True)


class SharedComparison(serializers.Serializer):
    domains = serializers.ListField(child=serializers.CharField())
    answers = AnswerRow(many=True)
    findings = serializers.ListField(child=serializers.CharField())
    evidence = serializers.ListField(child=serializers.CharField())
    gaps = GapRow(many=True)
    beside = GapRow(many=True)
    forgetting = ForgettingRow(many=True)
    signatures = SignatureRow(many=True)
    over_seeds = OverSeedsRow(many=True)
    finals = SharedFinal(many=True)
    difference = SharedDifference()
    fairness = FairnessCheck()
    live = serializers.BooleanField()
    repeated = serializers.BooleanField()
    view = SharedView()
    runs = SharedRun(many=True)


class SharedLink(serializers.Serializer):
    title = serializers.CharField()
    question = serializers.CharField()
    created_at = serializers.DateTimeField(format=None)
    expires_at = serializers.DateTimeField(format=None)
    frozen_at = serializers.DateTimeField(format=None, allow_null=True)


def said_of(compared: Compared) -> dict:
    """What templates may say of a comparison: serialised values, and nothing that leads into the application."""
    shown = SharedComparison(compared).data
    names = names_apart(compared.runs)
    return {
        "compared": shown,
        "run_names": names,
        "runs": list(zip(names, shown["runs"], strict=True)),
        "formulas": formulas(),
        "legend": legend_of(compared),
        "marks": marks_of(compared),
        "leads": leads_of(compared),
        "fold": len(names) > MANY,
        "unfinished": any(not run.job.is_over for run in compared.runs),
    }


def shared_context(link: ShareLink, compared: Compared) -> dict:
    """What the shared page's template gets: what may be said, and addresses under the link's own path."""
    figure = reverse("shared:figure", args=[link.pk, "NAME"]).replace("NAME", "{name}")
    address = f"{figure}?{urlencode(figure_query(compared.view))}"
    state = urlencode(compared.view.stored())
    files = (reverse("shared:table", args=[link.pk, ending]) for ending in ("csv", "md", "tex"))
    return {
        "link": SharedLink(link).data,
        **said_of(compared),
        **CHOICES,
        "panels": panels(compared.domains, address, compared.view, marked(compared)),
        "downloads": downloads(state, *files),
        "export_url": f"{reverse('shared:export', args=[link.pk])}?{state}",
    }

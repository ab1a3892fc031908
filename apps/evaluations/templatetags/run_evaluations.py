"""A run's page shows its evaluations; runs themselves know nothing of them."""

from django import template

from apps.evaluations import pages

register = template.Library()


@register.inclusion_tag("evaluations/of_run.html", takes_context=True)
def run_evaluations(context, run) -> dict:
    return {"csrf_token": context.get("csrf_token"), **pages.of_run(run, edits=bool(context.get("may_edit")))}

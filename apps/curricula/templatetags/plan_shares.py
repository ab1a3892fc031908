"""A plan's shares and passes on any page."""

from django import template

from apps.curricula import plan_shares as made
from apps.curricula.models import Plan

register = template.Library()


@register.inclusion_tag("curricula/plan_shares.html")
def plan_shares(plan: Plan) -> dict:
    return {"phases": made.phases_of(plan), "plan": plan}

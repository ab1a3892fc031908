"""Addresses of the trash, by what is to be done and to what."""

from django import template
from django.urls import reverse

register = template.Library()


@register.simple_tag
def trash_url(action: str, kind, row) -> str:
    """``action``: put, restore or purge; ``kind``: a :class:`apps.trash.kinds.Kind` or its name."""
    return reverse(f"trash:{action}-{getattr(kind, 'name', kind)}", args=[row.pk])

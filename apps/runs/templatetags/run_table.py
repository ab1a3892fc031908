"""What the table of runs says of its groups."""

from django import template

from apps.runs import groups

register = template.Library()
register.filter("title_of", groups.title_of)

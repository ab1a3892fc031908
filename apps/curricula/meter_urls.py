"""Guideline meters: what they are, and those of a plan."""

from django.urls import path

from apps.curricula import meter_views

app_name = "meters"
urlpatterns = [
    path("help/meters/", meter_views.explained, name="explained"),
    path("curricula/plans/<uuid:pk>/meters/", meter_views.plan, name="plan"),
]

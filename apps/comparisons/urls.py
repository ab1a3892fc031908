"""Comparisons: of any runs, and saved ones."""

from django.urls import path

from apps.comparisons import meter_views, views

app_name = "comparisons"
urlpatterns = [
    path("compare/", views.compare, name="compare"),
    path("compare/table.csv", views.table, name="table"),
    path("compare/table.md", views.markdown, name="markdown"),
    path("compare/table.tex", views.latex, name="latex"),
    path("compare/meters/", meter_views.meters, name="meters"),
    path("compare/data/", meter_views.data, name="data"),
    path("compare/controls/", views.add_controls, name="controls"),
    path("compare/save/", views.save, name="save"),
    path("comparisons/<uuid:pk>/", views.detail, name="detail"),
    path("comparisons/<uuid:pk>/notes/", views.notes, name="notes"),
    path("projects/<uuid:pk>/comparisons/", views.listing, name="list"),
]

"""Every address under /api/v1."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from apps.comparisons import api as comparisons
from apps.runs import api as runs
from apps.site import api as site

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("projects/", site.ProjectList.as_view(), name="projects"),
    path("projects/<uuid:pk>/", site.project, name="project"),
    path("jobs/<uuid:pk>/", site.job, name="job"),
    path("runs/", runs.RunList.as_view(), name="runs"),
    path("runs/<uuid:pk>/", runs.run, name="run"),
    path("runs/<uuid:pk>/series/", runs.series, name="run-series"),
    path("runs/<uuid:pk>/figures/<slug:name>/", runs.figure, name="run-figure"),
    path("comparisons/", comparisons.ComparisonList.as_view(), name="comparisons"),
    path("comparisons/<uuid:pk>/", comparisons.comparison, name="comparison"),
    path("compare/figures/<slug:name>/", comparisons.figure, name="compare-figure"),
    path("compare/table/", comparisons.table, name="compare-table"),
    path("compare/diagnostics/", comparisons.diagnostics, name="compare-diagnostics"),
]

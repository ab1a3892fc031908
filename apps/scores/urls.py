from django.urls import path

from apps.scores import agreement_views, starting_views, views

app_name = "scores"
urlpatterns = [
    path("projects/<uuid:pk>/scores/", views.score_list, name="list"),
    path("projects/<uuid:pk>/scores/new/", starting_views.new, name="new"),
    path("projects/<uuid:pk>/scores/forecast/", starting_views.forecast, name="forecast"),
    path("projects/<uuid:pk>/scores/upload/", starting_views.upload, name="upload"),
    path("datasets/versions/<uuid:pk>/scores/columns/", starting_views.columns, name="columns"),
    path("scores/agreement/<uuid:pk>/", agreement_views.agreement, name="agreement"),
    path("scores/agreement/<uuid:pk>/figure.json", agreement_views.figure, name="agreement-figure"),
    path("scores/<uuid:pk>/", views.detail, name="detail"),
    path("scores/<uuid:pk>/histogram.json", views.histogram, name="histogram"),
    path("scores/<uuid:pk>/samples/", views.samples, name="samples"),
]

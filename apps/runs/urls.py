"""Runs."""

from django.urls import path

from apps.runs import consumed_views, mark_views, saved_view_views, table_views, views

app_name = "runs"
urlpatterns = [
    path("projects/<uuid:pk>/runs/", table_views.listing, name="list"),
    path("projects/<uuid:pk>/runs/columns/", table_views.columns, name="columns"),
    path("projects/<uuid:pk>/runs/views/", saved_view_views.views, name="views"),
    path("runs/views/<uuid:pk>/", saved_view_views.change, name="view"),
    path("projects/<uuid:pk>/runs/new/", views.new, name="new"),
    path("runs/<uuid:pk>/", views.detail, name="detail"),
    path("runs/<uuid:pk>/run.yaml", views.document, name="yaml"),
    path("runs/<uuid:pk>/metrics.csv", views.metrics, name="metrics"),
    path("runs/<uuid:pk>/certificate.json", consumed_views.certificate, name="certificate"),
    path("runs/<uuid:pk>/steps/", consumed_views.steps, name="steps"),
    path("runs/<uuid:pk>/steps/<int:step>/", consumed_views.step, name="step"),
    path("runs/<uuid:pk>/star/", mark_views.star, name="star"),
    path("runs/<uuid:pk>/baseline/", mark_views.baseline, name="baseline"),
    path("runs/<uuid:pk>/describe/", views.describe, name="describe"),
    path("runs/<uuid:pk>/resume/", views.resume, name="resume"),
    path("runs/<uuid:pk>/checkpoint/<str:name>", views.checkpoint_file, name="checkpoint-file"),
    path("runs/<uuid:pk>/checkpoint/pin/", views.pin_checkpoint, name="pin"),
    path("runs/<uuid:pk>/checkpoint/delete/", views.delete_checkpoint, name="delete-checkpoint"),
]

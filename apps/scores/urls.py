from django.urls import path

from apps.scores import views

app_name = "scores"
urlpatterns = [
    path("projects/<uuid:pk>/scores/", views.score_list, name="list"),
    path("scores/<uuid:pk>/", views.detail, name="detail"),
    path("scores/<uuid:pk>/histogram.json", views.histogram, name="histogram"),
]

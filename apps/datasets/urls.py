from django.urls import path

from apps.datasets import views

app_name = "datasets"
urlpatterns = [
    path("projects/<uuid:pk>/datasets/", views.dataset_list, name="list"),
    path("datasets/<uuid:pk>/", views.detail, name="detail"),
    path("datasets/versions/<uuid:pk>/", views.version, name="version"),
    path("datasets/versions/<uuid:pk>/samples/<int:position>/", views.sample, name="sample"),
]

from django.urls import path

from apps.datasets import models_view
from apps.datasets import tokenizer_views as views

app_name = "tokenizers"
urlpatterns = [
    path("projects/<uuid:pk>/tokenizers/", views.tokenizer_list, name="list"),
    path("projects/<uuid:pk>/tokenizers/train/", views.train, name="train"),
    path("projects/<uuid:pk>/tokenizers/upload/", views.upload, name="upload"),
    path("projects/<uuid:pk>/models/", models_view.models, name="models"),
    path("tokenizers/<uuid:pk>/", views.detail, name="detail"),
    path("tokenizers/<uuid:pk>/count/", views.count, name="count"),
    path("tokenizers/<uuid:pk>/tokenizer.json", views.download, name="download"),
]

from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("projects/new/", views.new_project, name="new"),
    path("projects/<uuid:pk>/", views.project, name="project"),
]

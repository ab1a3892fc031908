from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path("projects/<uuid:pk>/audit/", views.of_project, name="project"),
    path("projects/<uuid:pk>/audit.csv", views.of_project_csv, name="project-csv"),
    path("audit/", views.of_all, name="all"),
    path("audit.csv", views.of_all_csv, name="all-csv"),
]

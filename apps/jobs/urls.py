from django.urls import path

from apps.jobs import views

app_name = "jobs"
urlpatterns = [
    path("projects/<uuid:pk>/jobs/", views.job_list, name="list"),
    path("jobs/<uuid:pk>/", views.detail, name="detail"),
    path("jobs/<uuid:pk>/log/", views.log, name="log"),
    path("jobs/<uuid:pk>/log.txt", views.log_file, name="log-file"),
    path("jobs/<uuid:pk>/cancel/", views.cancel, name="cancel"),
]

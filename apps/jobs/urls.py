from django.urls import path

from apps.jobs import notice_views, views, worker_views

app_name = "jobs"
urlpatterns = [
    path("notices/", notice_views.listing, name="notices"),
    path("notices/count/", notice_views.count, name="notice-count"),
    path("notices/read/", notice_views.see_all, name="notices-read"),
    path("notices/<uuid:pk>/", notice_views.follow, name="notice"),
    path("workers/", worker_views.worker_list, name="workers"),
    path("workers/<str:name>/drain/", worker_views.drain, name="worker-drain"),
    path("projects/<uuid:pk>/jobs/", views.job_list, name="list"),
    path("jobs/<uuid:pk>/", views.detail, name="detail"),
    path("jobs/<uuid:pk>/log/", views.log, name="log"),
    path("jobs/<uuid:pk>/log.txt", views.log_file, name="log-file"),
    path("jobs/<uuid:pk>/priority/", views.priority, name="priority"),
    path("jobs/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("jobs/<uuid:pk>/retry/", views.retry, name="retry"),
]

from django.urls import path

from apps.evaluations import views

app_name = "evaluations"
urlpatterns = [
    path("projects/<uuid:pk>/suites/", views.suite_list, name="list"),
    path("projects/<uuid:pk>/suites/new/", views.new, name="new"),
    path("suites/<uuid:pk>/", views.detail, name="detail"),
    path("runs/<uuid:pk>/evaluate/", views.evaluate, name="evaluate"),
    path("runs/<uuid:pk>/evaluations/", views.of_run, name="of-run"),
]

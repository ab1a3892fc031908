"""Studies."""

from django.urls import path

from apps.studies import views

app_name = "studies"
urlpatterns = [
    path("projects/<uuid:pk>/studies/", views.listing, name="list"),
    path("projects/<uuid:pk>/studies/new/", views.new, name="new"),
    path("studies/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("studies/<uuid:pk>/again/", views.again, name="again"),
]

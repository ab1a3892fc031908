"""Share links of a project, for its members."""

from django.urls import path

from apps.shares import views

app_name = "shares"
urlpatterns = [
    path("compare/share/", views.create, name="create"),
    path("compare/comparison.html", views.export, name="export"),
    path("shares/<uuid:pk>/rotate/", views.rotate, name="rotate"),
    path("shares/<uuid:pk>/revoke/", views.revoke, name="revoke"),
]

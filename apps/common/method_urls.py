from django.urls import path

from apps.common import method_views

app_name = "methods"
urlpatterns = [
    path("methods/", method_views.method_list, name="list"),
    path("methods/<slug:family>/<slug:name>/", method_views.detail, name="detail"),
]

from django.urls import path

from apps.common import views

app_name = "common"
urlpatterns = [
    path("methods/<slug:family>/<slug:name>/fields/", views.method_fields, name="method-fields"),
]

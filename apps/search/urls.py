from django.urls import path

from apps.search import views

app_name = "search"
urlpatterns = [
    path("search/", views.search, name="page"),
    path("search/palette/", views.palette, name="palette"),
]

from django.urls import path

from apps.curricula import views

app_name = "curricula"
urlpatterns = [
    path("projects/<uuid:pk>/curricula/", views.curriculum_list, name="list"),
    path("curricula/<uuid:pk>/", views.detail, name="detail"),
    path("curricula/versions/<uuid:pk>/", views.version, name="version"),
    path("curricula/versions/<uuid:pk>/curriculum.yaml", views.yaml, name="yaml"),
    path("curricula/plans/<uuid:pk>/order.json", views.order, name="order"),
    path("curricula/plans/<uuid:pk>/mixture.json", views.mixture, name="mixture"),
]

from django.urls import path

from apps.curricula import views

app_name = "curricula"
urlpatterns = [
    path("projects/<uuid:pk>/curricula/", views.curriculum_list, name="list"),
    path("projects/<uuid:pk>/curricula/new/", views.new, name="new"),
    path("projects/<uuid:pk>/curricula/preview/", views.preview, name="preview"),
    path("projects/<uuid:pk>/curricula/import/", views.import_yaml, name="import"),
    path("curricula/<uuid:pk>/", views.detail, name="detail"),
    path("curricula/<uuid:pk>/orders.json", views.orders, name="orders"),
    path("curricula/<uuid:pk>/edit/", views.edit, name="edit"),
    path("curricula/versions/<uuid:pk>/", views.version, name="version"),
    path("curricula/versions/<uuid:pk>/curriculum.yaml", views.yaml, name="yaml"),
    path("curricula/versions/<uuid:pk>/plan/", views.plan, name="plan"),
    path("curricula/plans/<uuid:pk>/order.json", views.order, name="order"),
    path("curricula/plans/<uuid:pk>/mixture.json", views.mixture, name="mixture"),
]

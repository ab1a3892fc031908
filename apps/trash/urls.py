from django.urls import path

from apps.trash import views
from apps.trash.kinds import KINDS

app_name = "trash"
urlpatterns = [
    path("projects/<uuid:pk>/trash/", views.trash, name="list"),
    path("projects/<uuid:pk>/storage/", views.storage, name="storage"),
]
for name in KINDS:
    urlpatterns += [
        path(f"trash/{name}/<uuid:pk>/", views.put, {"kind": name}, name=f"put-{name}"),
        path(f"trash/{name}/<uuid:pk>/restore/", views.restore, {"kind": name}, name=f"restore-{name}"),
        path(f"trash/{name}/<uuid:pk>/delete/", views.purge, {"kind": name}, name=f"purge-{name}"),
    ]

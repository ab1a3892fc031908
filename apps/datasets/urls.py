from django.urls import path

from apps.datasets import register, views

app_name = "datasets"
urlpatterns = [
    path("projects/<uuid:pk>/datasets/", views.dataset_list, name="list"),
    path("projects/<uuid:pk>/datasets/new/", register.register, name="register"),
    path("projects/<uuid:pk>/datasets/new/folder/", register.register_folder, name="register-folder"),
    path("projects/<uuid:pk>/uploads/", register.start, name="start-upload"),
    path("uploads/<uuid:pk>/", register.upload, name="upload"),
    path("uploads/<uuid:pk>/preview/", register.preview, name="preview"),
    path("uploads/<uuid:pk>/discard/", register.discard, name="discard"),
    path("datasets/<uuid:pk>/", views.detail, name="detail"),
    path("datasets/<uuid:pk>/notes/", views.notes, name="notes"),
    path("datasets/versions/<uuid:pk>/state/", views.state, name="state"),
    path("datasets/versions/<uuid:pk>/import-again/", views.import_again, name="import-again"),
    path("datasets/versions/<uuid:pk>/", views.version, name="version"),
    path("datasets/versions/<uuid:pk>/export/", views.export, name="export"),
    path("datasets/exports/<uuid:pk>/", views.download, name="download"),
    path("datasets/versions/<uuid:pk>/samples/<int:position>/", views.sample, name="sample"),
]

"""What a share link opens, for anybody. No id of the normal application is accepted under these addresses."""

from django.urls import path

from apps.shares import public

app_name = "shared"
urlpatterns = [
    path("s/<str:token>", public.exchange, name="open"),
    path("s/<str:token>/preview.png", public.preview, name="preview"),
    path("shared/<uuid:link_id>/", public.page, name="page"),
    path("shared/<uuid:link_id>/figures/<slug:name>/", public.figure, name="figure"),
    path("shared/<uuid:link_id>/table.<slug:ending>", public.table, name="table"),
    path("shared/<uuid:link_id>/comparison.html", public.export, name="export"),
]

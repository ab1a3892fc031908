from django.urls import path

from apps.webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("projects/<uuid:pk>/webhooks/", views.listing, name="list"),
    path("webhooks/<uuid:pk>/", views.detail, name="detail"),
    path("webhooks/<uuid:pk>/test/", views.send_test, name="test"),
    path("webhooks/<uuid:pk>/switch/", views.switch, name="switch"),
    path("webhooks/<uuid:pk>/delete/", views.delete, name="delete"),
    path("deliveries/<uuid:pk>/again/", views.send_again, name="again"),
]

"""The Celery application, client side: apps send tasks by name, workers define them."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")

app = Celery("gradatim")
app.config_from_object("django.conf:settings", namespace="CELERY")

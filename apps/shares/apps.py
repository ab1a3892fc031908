import logging

from django.apps import AppConfig


class SharesConfig(AppConfig):
    name = "apps.shares"
    label = "shares"

    def ready(self):
        from apps.shares.logs import Scrub

        for name in ("django.request", "django.server", "gunicorn.access", "gunicorn.error"):
            logging.getLogger(name).addFilter(Scrub())

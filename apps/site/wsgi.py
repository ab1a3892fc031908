"""WSGI entry point for gunicorn: ``apps.site.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")
application = get_wsgi_application()

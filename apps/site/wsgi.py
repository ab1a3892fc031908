"""WSGI entry point for gunicorn: ``apps.site.wsgi:application``."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")
django = get_wsgi_application()

from apps.shares.crowds import FromMemory  # noqa: E402 - models are there by now

application = FromMemory(django)
# Every page's code is there before a process takes its first request, which waits for it otherwise.
_ = get_resolver().url_patterns
# It stays: collecting garbage does not look through it again and again, for a tenth of a second each time.
gc.freeze()

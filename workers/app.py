"""The Celery application of the workers: ``celery -A workers.app worker -Q cpu -c 2``.

It imports no torch and opens no connection before its processes fork.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")
django.setup()

from celery import signals  # noqa: E402

from apps.site.celery import app  # noqa: E402
from workers import database, signs, stopping  # noqa: E402

database.use_one_connection()
signals.worker_shutting_down.connect(stopping.ask, weak=False)
signals.worker_process_init.connect(stopping.know_main, weak=False)
signals.celeryd_after_setup.connect(signs.know_myself, weak=False)
signals.heartbeat_sent.connect(signs.give, weak=False)
signals.worker_shutdown.connect(signs.take_back, weak=False)
app.conf.imports = ("workers.wake",)

__all__ = ["app"]

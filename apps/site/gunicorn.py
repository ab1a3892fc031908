"""How gunicorn serves a team's installation: ``gunicorn apps.site.wsgi:application --config apps/site/gunicorn.py``.

The address is given on the command line. Requests are not logged: addresses of share links are secrets.
"""

import os
import sys

worker_class = "gthread"
workers = max(2, min(8, os.cpu_count() or 1))
# As many connections to the database as threads; see DATABASE_POOL.
threads = 8
timeout = 60
graceful_timeout = 25
# A worker's sign of life to gunicorn must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True
accesslog = None


def on_starting(server):
    """Settings that are refused end the server in words, before its workers end it in tracebacks."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        import apps.site.settings  # noqa: F401
    except ImproperlyConfigured as error:
        sys.exit(str(error))

"""The demo from a terminal: the same service as the dashboard's button, then its progress."""

import os
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, close_old_connections

from apps.accounts.models import User
from apps.site.demo import entry, selectors, services

USERNAME = "demo"
EVERY = 2.0
QUIET_FOR = 15.0


class Command(BaseCommand):
    help = (
        "Create the demo login (its password: DEMO_PASSWORD in the environment) and the demo project; with --watch, "
        "follow its jobs and print the share link."
    )

    def add_arguments(self, parser):
        parser.add_argument("--watch", action="store_true", help="follow the jobs until all are done")
        parser.add_argument("--strict", action="store_true", help="end with an error as soon as one job fails")

    def handle(self, *args, watch, strict, **options):
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("DEMO_PASSWORD is not set: give the demo login a password.")
        made = not User.objects.filter(username=USERNAME).exists()
        user = User.objects.create_user(USERNAME, password=password) if made else User.objects.get(username=USERNAME)
        project = services.create_demo(by=user)
        shown = password if made or user.check_password(password) else "the one that you have set"
        self.say(f"Demo     {settings.BASE_URL}{entry.address(user)}")
        self.say(f"         signs you in; or at {settings.BASE_URL}/ login {USERNAME}, password {shown}")
        if watch:
            self.watch(project, user, strict)

    def watch(self, project, user, strict):
        """Print a line when a job ends and every few seconds; return when nothing is left to do."""
        told, last, done = set(), 0.0, -1
        while True:
            try:
                now = selectors.progress(project)
            except OperationalError:
                # The database restarts; its launcher says so.
                close_old_connections()
                time.sleep(EVERY)
                continue
            for title, reason in now.failed:
                if title not in told:
                    told.add(title)
                    if strict:
                        raise CommandError(f"{title} failed: {reason}")
                    self.say(f"Failed   {title}: {reason}")
            if now.finished:
                self.say(
                    f"Done     {now.jobs_done} of {now.jobs_total} jobs. The comparison, for everybody with this link:"
                )
                self.say(f"         {self.share(project, user)}")
                return
            if now.jobs_done + len(now.failed) == now.jobs_total:
                raise CommandError("The demo ended without its comparison, because of the failures above.")
            if now.jobs_done != done or time.monotonic() - last > QUIET_FOR:
                done, last = now.jobs_done, time.monotonic()
                self.say(line(now))
            time.sleep(EVERY)

    def share(self, project, user) -> str:
        """The link made at an earlier start while it still opens something, else a new one.

        The database knows only the token's hash, so the path is remembered beside the installation's other secrets.
        """
        remembered = settings.VAR / "demo-link"
        path = remembered.read_text().strip() if remembered.is_file() else ""
        if not services.still_opens(project=project, path=path):
            path = urlsplit(services.share(project=project, by=user)).path
            remembered.touch(mode=0o600)
            remembered.write_text(path + "\n")
        return settings.BASE_URL + path

    def say(self, text):
        self.stdout.write(text)
        self.stdout.flush()


def line(now) -> str:
    """``Jobs     3 of 17 done; Base: 42 %, about 1 min left``."""
    parts = []
    for title, fraction, seconds in now.running:
        part = title
        if fraction is not None:
            part += f": {100 * fraction:.0f} %"
        if seconds is not None:
            part += f", about {duration(seconds)} left"
        parts.append(part)
    return f"Jobs     {now.jobs_done} of {now.jobs_total} done" + (f"; {'; '.join(parts)}" if parts else "")


def duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

"""Everything between an installation (or an update) and its first request."""

from django.core.management import call_command
from django.core.management.base import BaseCommand

# The API answers in JSON only: the files of its framework's own pages would be compressed for nobody.
UNUSED = ["rest_framework", "admin"]


class Command(BaseCommand):
    help = "Bring the database up to date and collect and compress the static files. Safe to repeat."

    def handle(self, *args, **options):
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command("collectstatic", interactive=False, ignore_patterns=UNUSED, verbosity=options["verbosity"])

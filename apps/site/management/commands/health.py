"""The state of the installation in the terminal; the exit code is for supervisors."""

from django.core.management.base import BaseCommand, CommandError

from apps.site import health, signs

PARTS = (signs.SCHEDULER, *health.QUEUES)


class Command(BaseCommand):
    help = "Say how every part of this installation is; ends with 1 unless all are well."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--part", choices=PARTS, help="look only at this process, on this machine")

    def handle(self, *args, part, **options):
        if part:
            found = [health.processes(on=signs.here())[PARTS.index(part)]]
        else:
            found = health.examine()
        for finding in found:
            self.stdout.write(f"{'well' if finding.well else 'ILL ':<6}{finding.part} {finding.words}")
        if not all(finding.well for finding in found):
            raise CommandError("Not everything is well.")

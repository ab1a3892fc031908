"""What a signed-in page costs on the server, against a bare view of Django that makes as many queries.

Runs in one process against the installation of this shell (a running `make demo` whose jobs are done is best), past the network and
gunicorn, through all middleware, signed in as a member of the project. Each page and its bare twin take turns, so that a busy machine slows
both; figures are medians. The twin finds the same session and person, makes the remaining number of queries by primary key, and
answers with one line: the ratio is what templates, figures and heavier queries add.

    python benchmarks/pages.py [--project UUID] [--rounds 30]
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")
WARM_UP = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", help="its id; otherwise the one with the most runs")
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    import django

    django.setup()
    return measure(args.project, args.rounds)


def measure(project_id: str | None, rounds: int) -> int:
    from apps.accounts.models import Membership

    project = chosen(project_id)
    if project is None:
        print("There is no project with members: run `make demo` first, or name one with --project.")
        return 2
    client = client_of(Membership.objects.filter(project=project).select_related("user").order_by("role").last().user)
    failed = False
    print(f"{project.name}: median of {rounds} rounds")
    print(f"{'page':<22}{'queries':>8}{'kB':>8}{'page':>10}{'bare':>10}{'ratio':>8}")
    try:
        for name, path in pages(project):
            status, size, queries = look(client, path)
            if status != 200:
                print(f"{name:<22}answers {status} at {path}")
                failed = True
                continue
            page, bare = race(client, path, f"/bare/{queries - look(client, '/bare/0/')[2]}/", rounds)
            times = f"{page * 1e3:>7.1f} ms{bare * 1e3:>7.1f} ms"
            print(f"{name:<22}{queries:>8}{size / 1000:>8.0f}{times}{page / bare:>8.2f}")
    finally:
        client.session.delete()
    return 1 if failed else 0


def chosen(project_id):
    from django.db.models import Count

    from apps.accounts.models import Project

    rows = Project.objects.filter(memberships__isnull=False)
    if project_id:
        return rows.filter(pk=project_id).first()
    return rows.annotate(size=Count("jobs", distinct=True)).order_by("-size").first()


def client_of(user):
    """A signed-in client whose addresses are the application's, and ``/bare/<n>/``."""
    import types

    from django.conf import settings
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import include, path

    from apps.accounts.models import User

    def bare(request, count):
        for _ in range(count):
            User.objects.filter(pk=request.user.pk).first()
        return HttpResponse(f"{request.user.username}\n")

    book = types.ModuleType("addresses_and_bare")
    book.urlpatterns = [path("bare/<int:count>/", bare), path("", include("apps.site.urls"))]
    sys.modules[book.__name__] = book
    settings.ROOT_URLCONF = book.__name__
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(HTTP_HOST=urlsplit(settings.BASE_URL).netloc, **{"wsgi.url_scheme": "https"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def pages(project):
    """(name, path) of the main pages, as far as the project has something to show there."""
    from django.urls import reverse

    from apps.curricula.models import CurriculumVersion
    from apps.datasets.models import DatasetVersion
    from apps.jobs.models import Job
    from apps.runs.models import Run
    from apps.scores.models import ScoreSet

    newest = {
        "dataset version": ("datasets:version", DatasetVersion.objects.filter(dataset__project=project)),
        "score set": ("scores:detail", ScoreSet.objects.filter(version__dataset__project=project)),
        "curriculum version": ("curricula:version", CurriculumVersion.objects.filter(curriculum__project=project)),
        "run": ("runs:detail", Run.objects.filter(project=project)),
        "job": ("jobs:detail", Job.objects.filter(project=project)),
        "comparison": ("comparisons:detail", project.comparisons.all()),
    }
    yield "projects", "/"
    yield "project", reverse("accounts:project", args=[project.pk])
    for app in ("datasets", "scores", "curricula", "runs", "comparisons", "jobs"):
        yield f"{app}, list", reverse(f"{app}:list", args=[project.pk])
    for name, (address, rows) in newest.items():
        if row := rows.order_by("-created_at").first():
            yield name, reverse(address, args=[row.pk])


def look(client, path: str) -> tuple[int, int, int]:
    """(status, bytes, queries) of one answer, redirects followed (a comparison is an address of its own)."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path, follow=True)
    return answer.status_code, len(answer.content), len(queries)


def race(client, page: str, bare: str, rounds: int) -> tuple[float, float]:
    taken = {page: [], bare: []}
    for round_ in range(WARM_UP + rounds):
        for path in taken:
            began = time.perf_counter()
            client.get(path, follow=True)
            if round_ >= WARM_UP:
                taken[path].append(time.perf_counter() - began)
    return statistics.median(taken[page]), statistics.median(taken[bare])


if __name__ == "__main__":
    sys.exit(main())

"""A study from a terminal: the same service as the page's button, then its progress, then what may be said."""

import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, close_old_connections
from django.urls import reverse

from apps.accounts.models import Project, Role, User
from apps.common.templatetags.ui import brief, duration
from apps.comparisons import tables
from apps.comparisons.selectors import Compared, compare, view_of
from apps.runs.forms import seeds_of
from apps.runs.models import Run
from apps.runs.selectors import for_comparison
from apps.studies import asked, selectors, services
from apps.studies.forecast import StudyForecast, forecast_of
from apps.studies.kinds import KINDS, design_of, kind_of
from apps.studies.models import Study
from gradatim import params as parameters
from gradatim import yaml_text
from gradatim.errors import UserError

EVERY = 5.0


class Command(BaseCommand):
    help = (
        "Queue what a study lacks and save its comparison; run again, it makes only what is missing. "
        "Parameters are those of docs/studies.md, each as NAME=VALUE: rows by id or name, lists as 1,2,3, a recipe as @FILE.yaml."
    )

    def add_arguments(self, parser):
        parser.add_argument("kind", help=f"one of {', '.join(KINDS)}")
        parser.add_argument("params", nargs="*", metavar="NAME=VALUE")
        parser.add_argument("--project", required=True, help="its id or its name")
        parser.add_argument(
            "--by", default="", help="whose runs they are: a user name; otherwise the project's first owner"
        )
        parser.add_argument("--name", default="", help="of the study; otherwise made of what is asked")
        parser.add_argument("--question", default="")
        parser.add_argument("--forecast", action="store_true", help="only say what it would take")
        parser.add_argument(
            "--wait", action="store_true", help="say how far it is until all runs are over, then the findings"
        )
        parser.add_argument(
            "--tables", action="store_true", help="after --wait all tables of the comparison as Markdown"
        )

    def handle(self, *args, kind, params, **given):
        try:
            project = _project(given["project"])
            params = read(kind, params)
            self.say(forecast_lines(forecast_of(design_of(kind, project, params))))
            if given["forecast"]:
                return
            about = {name: given[name] for name in ("name", "question")}
            by = _person(project, given["by"])
            study, queued = services.run_study(project=project, kind=kind, params=params, by=by, **about)
        except UserError as error:
            raise CommandError(f"{error.field}: {error.sentence}" if error.field else error.sentence) from None
        self.say([f"Study    {study.name}: {queued} runs queued, {len(study.cells) - queued} there already"])
        self.say([f"         {settings.BASE_URL}{reverse('comparisons:detail', args=[study.comparison_id])}"])
        if given["wait"]:
            self.wait(study, given["tables"])

    def wait(self, study: Study, with_tables: bool) -> None:
        last = ""
        while True:
            try:
                [now] = selectors.progress_of([study])
            except OperationalError:  # the database restarts; its launcher says so
                close_old_connections()
                time.sleep(EVERY)
                continue
            if (line := progress_line(now)) != last:
                self.say([line])
                last = line
            if now.over:
                break
            time.sleep(EVERY)
        runs = for_comparison(Run.objects.all(), [cell["run"] for cell in study.cells], missing_ok=True)
        compared = compare(runs, view_of({}, study.comparison.view))
        self.say(finding_lines(compared))
        if with_tables:
            self.say(["", tables.markdown(compared)])
        if now.failed:
            raise CommandError(f"{now.failed} runs did not come to their end: run the command again to make them anew.")

    def say(self, lines) -> None:
        for line in lines:
            self.stdout.write(line)
        self.stdout.flush()


def read(kind: str, words: list[str]) -> dict:
    """Parameters from ``name=value``: YAML, a list where the parameter is one, the document in a file behind an @."""
    known = parameters.model_of(kind_of(kind).Params).model_json_schema()["properties"]
    found = {}
    for word in words:
        name, is_given, text = word.partition("=")
        if not is_given:
            raise UserError(f"Parameters are written NAME=VALUE, not {word!r}.")
        if name == "seeds":
            found[name] = seeds_of(text)
        elif "string" in _types(known.get(name, {})):
            found[name] = text
        elif text.startswith("@"):
            found[name] = yaml_text.load(_text(Path(text[1:]), name))
        else:
            listed = "array" in _types(known.get(name, {})) and not text.startswith("[")
            found[name] = yaml_text.load(f"[{text}]" if listed else text)
    return found


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UserError(f"The file {path} cannot be read as text.", field=f"params.{name}") from None


def _types(schema: dict) -> set[str]:
    """What a parameter may be, of its JSON schema."""
    return {part.get("type", "") for part in (schema, *schema.get("anyOf", ()))}


def forecast_lines(found: StudyForecast) -> list[str]:
    took = f", about {duration(found.seconds)}" if found.seconds else ""
    spent = f": {brief(found.tokens)} tokens in {found.steps:,} steps{took}" if found.made else ""
    arms = [f"         {arm.name}: {arm.made} to train, {arm.there} there" for arm in found.arms]
    return [f"Forecast {found.made} runs to train, {found.there} there already{spent}", *arms]


def progress_line(now: selectors.Progress) -> str:
    left = "" if now.over or now.seconds_left is None else f", about {minutes(now.seconds_left)} left"
    failed = f"; {now.failed} failed, were cancelled or are gone" if now.failed else ""
    return f"Runs     {now.done} of {now.total} are finished{failed}{left}"


def minutes(seconds: float) -> str:
    """Coarse, so that a line is only written when something happened."""
    return "1 min" if seconds < 90 else f"{seconds / 60:.0f} min"


def finding_lines(compared: Compared) -> list[str]:
    """What the comparison's page says of the seeds: findings, and the paired difference of every measure."""
    said = dict.fromkeys(
        [*compared.evidence, *compared.findings, *(r.sentence for r in compared.over_seeds if r.sentence)]
    )
    return [f"Found    {sentence}" for sentence in said]


def _project(key: str) -> Project:
    return asked.row_of(Project.objects.all(), key, "project")


def _person(project: Project, name: str) -> User:
    """Who may edit the project; without a name its first owner."""
    editors = project.memberships.exclude(role=Role.VIEWER).select_related("user").order_by("created_at")
    found = editors.filter(user__username=name) if name else editors.filter(role=Role.OWNER)
    if not found:
        raise UserError(
            f"{name} may not run anything in this project." if name else "This project has no owner.", field="by"
        )
    return found[0].user

"""A run that is being asked for: the form as it starts, as it was sent, and what it would take."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest

from apps.accounts.models import Project, User
from apps.curricula import bands
from apps.curricula import services as curricula
from apps.curricula.choices import Choices, choices_of
from apps.curricula.mixtures import mixtures_of
from apps.curricula.models import CurriculumVersion
from apps.curricula.outlook import outlook_of
from apps.datasets.models import Tokenizer
from apps.runs import fillings, guard_rails, rates, recipe_fields, services
from apps.runs import forecast as forecasts
from apps.runs.forms import RunForm, label_of, versions_of
from apps.runs.models import Run
from gradatim import specs
from gradatim.errors import UserError
from gradatim.presets import PRESETS
from gradatim.schedules import steps_of


@dataclass
class Draft:
    """``form`` None: the project has no curriculum yet. ``submitted``: not merely asked what it would take."""

    project: Project
    version: CurriculumVersion | None = None
    form: RunForm | None = None
    sent: RunForm | None = None
    submitted: bool = False
    clone: Run | None = None

    def create(self, *, by: User) -> list[Run]:
        """The queued runs; none where something is wrong, which the form then says at its field."""
        if not (self.submitted and self.form.is_valid()):
            return []
        try:
            return services.create_runs(**self.form.asked(), by=by)
        except UserError as error:
            self.form.refuse(error)
            return []

    def context(self) -> dict:
        found = {"project": self.project, "version": self.version, "form": self.form, "clone": self.clone}
        return found | self.forecast() if self.form else found

    def forecast(self) -> dict:
        """``forecast``, or ``mistakes`` that stand in its way: (field's label, sentence)."""
        sent = self.sent or RunForm(self.form.initial, project=self.project, version=self.version)
        sent.is_valid()
        mistakes = [
            (label_of(sent.fields[path]) if path in sent.fields else "", sentence)
            for path, sentences in sent.errors.items()
            for sentence in sentences
            if path != "name"
        ]
        if mistakes:
            return {"forecast": None, "mistakes": mistakes}
        model, base = sent.origin()
        recipe = specs.Recipe.model_validate(sent.recipe() | {"model": model or {"checkpoint": "0" * 64}})
        entries = 0 if base else _tokenizer(self.version).vocab_size
        parameters = forecasts.parameters_of(model, base, entries)
        choices = choices_of(self.project)
        outlook = outlook_of(self.version, choices)
        planned = self.version.draft["phases"]
        phases = [phase | {"tokens": tokens} for phase, tokens in zip(planned, outlook.tokens, strict=True)]
        asked = {"phases": phases, "recipe": recipe, "parameters": parameters}
        drawn = {"rates": rates.drawn(recipe, phases), "mixed": self._mixed(recipe, phases, choices)}
        warned = drawn | {
            "said": outlook.said,
            "warnings": guard_rails.warnings_of(self.version, recipe),
            "advice": guard_rails.ADVICE,
        }
        return {"forecast": forecasts.forecast(**asked, runs=len(sent.cleaned_data["seeds"])), "mistakes": []} | warned

    def _mixed(self, recipe: specs.Recipe, phases: list[dict], choices: Choices) -> bands.Mixed:
        size, budgets = recipe.batch_size * recipe.context, [phase["tokens"] for phase in self.version.draft["phases"]]
        lasts = [phase["tokens"] / budget for phase, budget in zip(phases, budgets, strict=True)]
        mixtures = mixtures_of(self.version, choices)
        return bands.drawn(phases, mixtures, [steps_of(phase["tokens"], size) for phase in phases], lasts)


def read(request: HttpRequest, project: Project) -> Draft:
    """The draft that a request asks for; 404 for a curriculum version or a run that this project does not have."""
    versions = versions_of(project)
    if request.method != "POST":
        clone = _one(Run.objects.filter(project=project).select_related("version"), request.GET.get("clone"))
        version = _one(versions, request.GET.get("version")) or (clone and versions.get(pk=clone.version_id))
        version = version or versions.order_by("-curriculum__created_at", "-number").first()
        if not version:
            return Draft(project)
        initial = of_run(clone, version) if clone else of_version(version)
        return Draft(project, version, RunForm(project=project, version=version, initial=initial), clone=clone)
    version = _one(versions, request.POST.get("version"))
    if not version:
        raise Http404
    data = _completed(request.POST, version, _one(versions, request.POST.get("drawn_for")))
    mended = fillings.fill(data, request.POST.get("update", ""), version.draft["phases"])
    sent = RunForm(data, project=project, version=version)
    if "update" not in request.POST:
        return Draft(project, version, sent, sent, submitted=True)
    initial = {name: data.getlist(name) if name in RunForm.SEVERAL else data.get(name) for name in sent.fields}
    shown = RunForm(project=project, version=version, initial=initial)
    if mended in shown.fields:
        shown.fields[mended].widget.attrs["autofocus"] = True
    return Draft(project, version, shown, sent)


def of_version(version: CurriculumVersion) -> dict:
    """What the form starts with."""
    phases = len(version.draft["phases"])
    model = f"preset:{next(iter(PRESETS))}"
    chosen = {"name": version.curriculum.name, "version": str(version.pk), "model": model, "seeds": "0"}
    peaks = {f"schedules.{i}.peak": f"{recipe_fields.PEAK:g}" for i in range(phases)}
    return {**recipe_fields.defaults(phases), **peaks, **chosen, "measured": _own_data(version)}


def of_run(run: Run, version: CurriculumVersion) -> dict:
    """The form as that run was asked for, under a name of its own."""
    phases = len(version.draft["phases"])
    model = run.recipe.get("model") or {}
    kind = "averaged" if model.get("weights") == "averaged" else "run"
    origin = f"{kind}:{run.base_id}" if run.base_id else next((f"{key}:{value}" for key, value in model.items()), "")
    return {
        **recipe_fields.flat(run.recipe, phases),
        "name": f"{run.name[:93]}, again",
        "version": str(version.pk),
        "model": origin,
        "seeds": str(run.seed),
        "measured": [str(pk) for pk in run.evaluated_on.values_list("pk", flat=True)],
        "suites": [str(pk) for pk in run.suites.values_list("pk", flat=True)],
        "tags": ", ".join(run.tags),
    }


def _completed(data, version: CurriculumVersion, before: CurriculumVersion | None):
    """What was sent, with what a curriculum chosen since needs beside it: a schedule a phase, and its own data."""
    data = data.copy()
    if before is None or before == version:
        return data
    earlier = len(before.draft["phases"])
    for i in range(earlier, len(version.draft["phases"])):
        for name in recipe_fields.SCHEDULE:
            data.setdefault(f"schedules.{i}.{name}", data.get(f"schedules.{earlier - 1}.{name}", ""))
    if set(data.getlist("measured")) == set(_own_data(before)):
        data.setlist("measured", _own_data(version))
    if data.get("name") == before.curriculum.name:
        data["name"] = version.curriculum.name
    return data


def _own_data(version: CurriculumVersion) -> list[str]:
    return [str(row.pk) for row in curricula.datasets_of(version)]


def _tokenizer(version: CurriculumVersion) -> Tokenizer:
    return curricula.tokenizer_of(version)


def _one(rows, key: str | None):
    """The row with this id; None where no id is given, 404 where there is no such row."""
    if not key:
        return None
    try:
        found = rows.filter(pk=UUID(key)).first()
    except ValueError:
        found = None
    if not found:
        raise Http404
    return found

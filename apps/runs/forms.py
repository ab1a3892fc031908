"""What the page for new runs, and the small forms of a run's own page, ask for."""

import re
from collections.abc import Iterator, Sequence

from django import forms
from django.db.models import Q
from pydantic import ValidationError

from apps.accounts.models import Project
from apps.common import model_roots
from apps.curricula.models import CurriculumVersion
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.evaluations.models import Suite
from apps.jobs.models import ELSEWHERE, Status
from apps.runs import recipe_fields
from apps.runs.models import Run
from apps.runs.services import MAX_SEEDS, keeps_average
from gradatim import specs
from gradatim.complaints import complaint
from gradatim.errors import UserError
from gradatim.presets import PRESETS
from gradatim.schedules import SHAPES, Shape

FOLLOWING = "following"
#: where an error shows whose own path is not a field
_ELSEWHERE = {"base": "model", "evaluated_on": "measured"}


class VersionField(forms.ModelChoiceField):
    def label_from_instance(self, version: CurriculumVersion) -> str:
        return f"{version.curriculum.name}, version {version.number}"


class MeasuredField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, version: DatasetVersion) -> str:
        return f"{version.dataset.name}, version {version.number}"


class SuitesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, suite: Suite) -> str:
        return f"{suite.name}: {suite.artifact.meta['questions']:,} questions"


def label_of(field: forms.Field) -> str:
    """Its label, with the phase where every phase has such a field."""
    phase = getattr(field, "phase", None)
    return f"{field.label}, phase {phase}" if phase else field.label


class RunForm(forms.Form):
    """A curriculum version, a recipe with one schedule a phase of it, and seeds."""

    #: fields of which several rows can be chosen
    SEVERAL = ("measured", "suites")

    name = forms.CharField(max_length=100, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    version = VersionField(queryset=None, label="Curriculum", empty_label=None)
    model = forms.ChoiceField(label="Model")
    seeds = forms.CharField(
        max_length=400,
        label="Seeds",
        help_text="One run a seed: 0, 1, 2 or 0-2. A difference without several seeds may be chance.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    measured = MeasuredField(
        queryset=None,
        label="Measured on the held-out part of",
        help_text="Runs that you want to compare are measured on the same data, also on what they do not train on.",
        widget=forms.CheckboxSelectMultiple,
    )
    suites = SuitesField(
        queryset=None,
        required=False,
        label="Asked the questions of",
        help_text="Before the first update, where phases end, and at the cadence above. Each question costs as much as a row of held-out text or more.",
        widget=forms.CheckboxSelectMultiple,
    )
    notes = forms.CharField(
        required=False, max_length=5000, label="Notes", widget=forms.Textarea(attrs={"rows": 2}), help_text="Optional."
    )
    tags = forms.CharField(required=False, max_length=1000, label="Tags", help_text="Optional, with commas between.")

    def __init__(self, data=None, *, project: Project, version: CurriculumVersion, initial: dict | None = None):
        super().__init__(data, initial=initial)
        self.phases = version.draft["phases"]
        self.fields["version"].queryset = versions_of(project)
        self.fields["measured"].queryset = measurable(project)
        self.fields["suites"].queryset = Suite.objects.filter(project=project).select_related("artifact")
        self.fields["model"].choices = _models(project, version)
        self.fields.update(recipe_fields.fields(len(self.phases)))

    def clean_seeds(self) -> list[int]:
        try:
            return seeds_of(self.cleaned_data["seeds"])
        except UserError as error:
            raise forms.ValidationError(error.sentence) from None

    def clean_tags(self) -> list[str]:
        return self.cleaned_data["tags"].split(",")

    def clean(self) -> None:
        if not all(path in self.cleaned_data for path in ("model", *recipe_fields.fields(len(self.phases)))):
            return
        model, _ = self.origin()
        try:
            specs.Recipe.model_validate(self.recipe() | {"model": model or {"checkpoint": "0" * 64}})
        except ValidationError as found:
            for error in found.errors(include_url=False, include_input=False):
                path = ".".join(str(part) for part in error["loc"])
                self.refuse(UserError(complaint(error), field=path))

    def marked(self) -> list[tuple[str, str]]:
        """(label, id) of each field that holds a mistake, in the page's order."""
        return [(label_of(field.field), field.auto_id) for field in self if field.errors]

    def refuse(self, error: UserError) -> None:
        """Show a mistake at its field; at the form's head where it belongs to none."""
        path = error.field.removeprefix("recipe.")
        path = _ELSEWHERE.get(path, "model" if path.startswith("model.") else path)
        if path.startswith("schedules.") and path not in self.fields:
            path = f"{path}.floor"  # all rules between fields of a schedule are about its floor
        sentence = error.sentence.removeprefix(f"{error.field}: ")
        self.add_error(path if path in self.fields else None, f"{sentence[:1].upper()}{sentence[1:]}")

    def recipe(self) -> dict:
        """Without the model, but for which weights of the run to go on from are meant."""
        averaged = self.cleaned_data["model"].startswith("averaged:")
        chosen = {"model": {"weights": "averaged"}} if averaged else {}
        return recipe_fields.document(self.cleaned_data, len(self.phases)) | chosen

    def origin(self) -> tuple[dict | None, Run | None]:
        """(the recipe's model, the run to go on from): one of them."""
        kind, _, key = self.cleaned_data["model"].partition(":")
        if kind in ("run", "averaged"):
            return None, Run.objects.select_related("job", "version", "checkpoint").get(pk=key)
        return {kind: key}, None

    def asked(self) -> dict:
        """The arguments of :func:`services.create_runs`."""
        model, base = self.origin()
        recipe = self.recipe() | ({"model": model} if model else {})
        given = {key: self.cleaned_data[key] for key in ("name", "version", "seeds", "notes", "tags")}
        return {
            **given,
            "recipe": recipe,
            "base": base,
            "evaluated_on": list(self.cleaned_data["measured"]),
            "suites": list(self.cleaned_data["suites"]),
        }

    # -- what the page lays out ------------------------------------------------------------------------------------------
    def groups(self) -> Iterator[tuple[str, list[forms.BoundField], str, bool]]:
        """(title, fields, what a folded group says beside its title, whether it is open)"""
        for title, paths in recipe_fields.GROUPS:
            yield title, [self[path] for path in paths], recipe_fields.FOLDED.get(title, ""), self._is_open(paths)

    def _is_open(self, paths: Sequence[str]) -> bool:
        """Where a mistake or another value than the default would be out of sight."""
        plain = recipe_fields.defaults(1)
        return any(path in self.errors or str(self[path].value()) != str(plain[path]) for path in paths)

    def schedules(self) -> Iterator[tuple[dict, list[tuple[str, forms.BoundField]]]]:
        """Each phase with the fields of its schedule, and by whom each is asked for: the shapes, a following phase, or all."""
        for i, phase in enumerate(self.phases):
            named = [(name, f"schedules.{i}.{name}") for name in recipe_fields.SCHEDULE]
            shown = [(name, self[path]) for name, path in named if path in self.fields]
            following = [(FOLLOWING, field) for name, field in shown if name in recipe_fields.FOLLOWING]
            own = [(" ".join(recipe_fields.used_by(name)), field) for name, field in shown]
            yield phase, following + own[: len(own) - len(following)]

    def shapes(self) -> list[tuple[str, Shape]]:
        return list(SHAPES.items())


class DescribeForm(forms.Form):
    notes = forms.CharField(
        required=False, max_length=5000, label="Notes", widget=forms.Textarea(attrs={"rows": 3, "autofocus": True})
    )
    tags = forms.CharField(required=False, max_length=1000, label="Tags", help_text="With commas between.")


def seeds_of(text: str) -> list[int]:
    """``0, 1, 2`` or ``0-2`` as numbers, each once; ``UserError`` for anything else."""
    seeds: list[int] = []
    for part in re.split(r"[,\s]+", text.strip()):
        found = re.fullmatch(r"(\d{1,19})(?:[-\u2013](\d{1,19}))?", part, re.ASCII)
        if not found:
            raise UserError("Seeds are whole numbers from 0 on, such as 0, 1, 2 or 0-2.", field="seeds")
        first, last = int(found[1]), int(found[2] or found[1])
        if not 0 <= last - first < MAX_SEEDS:
            raise UserError(
                f"{part} is no range of 1 to {MAX_SEEDS} seeds, from the smaller to the larger.", field="seeds"
            )
        seeds += range(first, last + 1)
    seeds = list(dict.fromkeys(seeds))
    if len(seeds) > MAX_SEEDS:
        raise UserError(f"Ask for at most {MAX_SEEDS} seeds at once.", field="seeds")
    return seeds


def versions_of(project: Project):
    """Curriculum versions, the newest first."""
    rows = CurriculumVersion.objects.filter(curriculum__project=project).select_related("curriculum__project")
    return rows.order_by("curriculum__name", "-number")


def measurable(project: Project):
    """Dataset versions that are there or on their way."""
    rows = DatasetVersion.objects.filter(dataset__project=project).select_related("dataset", "artifact")
    return rows.exclude(job__status__in=[Status.FAILED, Status.CANCELLED]).order_by("dataset__name", "-number")


def _models(project: Project, version: CurriculumVersion) -> list:
    """Presets with their number of weights under the curriculum's tokenizer, and runs with that tokenizer to go on from."""
    tokenizer = version.draft["tokenizer"]
    entries = Tokenizer.objects.filter(project=project, pk=tokenizer).values_list("vocab_size", flat=True).first() or 0
    fresh = [
        (f"preset:{name}", f"{name}: {_millions(preset.parameters(entries))} weights")
        for name, preset in PRESETS.items()
    ]
    going = Q(checkpoint__isnull=False) | Q(job__status__in=[Status.QUEUED, Status.RUNNING])
    local = [
        (f"folder:{model.name}", f"{model.name}: {_millions(model.parameters or 0)} weights")
        for model in model_roots.usable(entries)
    ]
    runs = Run.objects.filter(going, project=project, version__draft__tokenizer=tokenizer).select_related("job")
    runs = list(runs.exclude(job__kind=ELSEWHERE).order_by("-created_at"))
    bases = [
        (f"run:{run.pk}", run.name if run.checkpoint_id else f"{run.name} (waits until it has finished)")
        for run in runs
    ]
    averaged = [(f"averaged:{run.pk}", f"{run.name}, averaged weights") for run in runs if keeps_average(run)]
    groups = [("Fresh weights", fresh), ("In a folder of this server", local)]
    groups += [("Last checkpoint of a run", bases), ("Averaged weights of a run", averaged)]
    return [(title, choices) for title, choices in groups if choices]


def _millions(count: int) -> str:
    return f"{count / 1e6:.3g} M"

"""What the pages of score sets ask for."""

from django import forms
from django.urls import reverse

from apps.accounts.models import Project
from apps.common.method_form import MethodPicker
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.jobs.models import Status
from apps.runs.models import Run
from gradatim import registry

#: What is chosen by a form of parameters; files of scores have a page of their own.
METHODS = [name for name in registry.names("scores") if name != "imported"]
DEAD = (Status.FAILED, Status.CANCELLED)
#: of the scores, from which samples are taken
ENDS = ("low", "high")


class VersionField(forms.ModelChoiceField):
    def label_from_instance(self, row: DatasetVersion) -> str:
        return f"{row.dataset.name}, version {row.number}"


class RunField(forms.ModelChoiceField):
    def label_from_instance(self, row: Run) -> str:
        steps = (row.checkpoint.meta or {}).get("step")
        return f"{row.name} (after {steps:,} steps)" if steps else row.name


class NamedField(forms.ModelChoiceField):
    def label_from_instance(self, row) -> str:
        return row.name


def versions_of(project: Project):
    rows = DatasetVersion.objects.filter(dataset__project=project).exclude(job__status__in=DEAD)
    return rows.select_related("dataset", "job", "artifact").order_by("dataset__name", "-number")


def tokenizers_of(project: Project):
    return Tokenizer.objects.filter(project=project).exclude(job__status__in=DEAD).select_related("job")


def models_of(project: Project):
    """Runs whose last checkpoint can score, newest first."""
    rows = Run.objects.filter(project=project, checkpoint__isnull=False)
    return rows.select_related("checkpoint", "version__curriculum", "job").order_by("-created_at")


class ScoreSetForm(forms.Form):
    """Dataset version, method with its parameters, and what the method needs; ``picker`` chooses the method."""

    version = VersionField(queryset=None, label="Dataset", empty_label=None)
    name = forms.CharField(
        max_length=120,
        required=False,
        label="Name",
        help_text="Left empty, it is called as its method.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    tokenizer = NamedField(
        queryset=None,
        required=False,
        label="Tokenizer",
        empty_label="Choose one",
        help_text="Where a method works on tokens, or its unit is tokens.",
    )
    reference = VersionField(
        queryset=None,
        required=False,
        label="Reference",
        empty_label="Choose a dataset",
        help_text="What samples are compared with: the lower the score, the more a sample is like it.",
    )
    checkpoint_of = RunField(
        queryset=None,
        required=False,
        label="Model",
        empty_label="Choose a run",
        help_text="The last checkpoint of this run scores, with the tokenizer that it was trained with.",
    )

    def __init__(self, project: Project, data=None, initial=None):
        super().__init__(data=data, initial=initial)
        self.project = project
        self.fields["version"].queryset = versions_of(project)
        self.fields["reference"].queryset = versions_of(project)
        self.fields["tokenizer"].queryset = tokenizers_of(project)
        self.fields["checkpoint_of"].queryset = models_of(project)
        given = initial or {}
        self.initial.setdefault("reference", None)
        for name in ("version", "tokenizer", "checkpoint_of"):
            self.initial.setdefault(name, self.fields[name].queryset.first())
        other_method = {
            "hx-get": reverse("scores:new", args=[project.pk]),
            "hx-target": "#score-fields",
            "hx-include": "closest form",
            "hx-params": "not csrfmiddlewaretoken",
            "hx-swap": "outerHTML",
        }
        asked = {"data": data, "initial": given.get("choice"), "prefix": "params"}
        self.picker = MethodPicker("scores", **asked, names=METHODS, label="Method", attrs=other_method)
        needs = self.picker.form.module.needs
        if "reference" not in needs:
            del self.fields["reference"]
        if "checkpoint" in needs:
            del self.fields["tokenizer"]
        else:
            del self.fields["checkpoint_of"]
            if "tokens" not in needs and not hasattr(self.picker.form.module, "needs_for"):
                del self.fields["tokenizer"]

    def is_valid(self) -> bool:
        """Both halves are looked at, so that every error is shown at once."""
        return all([super().is_valid(), self.picker.is_valid()])

    def chosen(self, name: str):
        """The row that a field names now, sent or not; None where it names none or is not asked for."""
        try:
            return self.fields[name].clean(self[name].value()) if name in self.fields else None
        except forms.ValidationError:
            return None

    def asked(self) -> dict:
        """The keywords of :func:`apps.scores.services.create_score_set`."""
        given = self.cleaned_data
        return {**given, **self.picker.value()}


class RangeForm(forms.Form):
    """Which samples of a score set are shown; every field may be absent. The address is its state."""

    lo = forms.FloatField(required=False, label="From", widget=forms.NumberInput(attrs={"step": "any"}))
    hi = forms.FloatField(required=False, label="To", widget=forms.NumberInput(attrs={"step": "any"}))
    domain = forms.ChoiceField(required=False, label="Domain")
    order = forms.ChoiceField(
        required=False, label="Order", choices=[("low", "Lowest first"), ("high", "Highest first")]
    )
    end = forms.ChoiceField(required=False, choices=[(end, "") for end in ENDS], widget=forms.HiddenInput)
    share = forms.FloatField(required=False, min_value=0, max_value=100, widget=forms.HiddenInput)

    def __init__(self, domains: list[str], data):
        data = data.copy()
        if data.get("end") in ENDS:
            data.setdefault("order", data["end"])  # from the far end inwards, and the field says so
        super().__init__(data=data, label_suffix="")
        self.fields["domain"].choices = [("", "All domains"), *((name, name) for name in domains)]


class BetweenForm(forms.Form):
    """Stretches of percentiles by two score sets; the address is its state. Nothing in it: no stretch is asked for."""

    def __init__(self, data, *, names: tuple[str, str]):
        super().__init__(data=data, label_suffix="")
        for key, name in zip(("a", "b"), names, strict=True):
            for end, word in (("from", "from"), ("to", "to")):
                self.fields[f"{key}_{end}"] = forms.FloatField(
                    required=False,
                    min_value=0,
                    max_value=100,
                    label=f"{name}, {word} %",
                    widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
                )

    def clean(self) -> dict:
        for key in ("a", "b"):
            low, high = (self.cleaned_data.get(f"{key}_{end}") for end in ("from", "to"))
            if low is not None and high is not None and low >= high:
                self.add_error(f"{key}_to", "A stretch ends above its beginning.")
        return self.cleaned_data

    def stretches(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """(from, to) by each of the two, of a valid form; what is left open is 0 and 100, None where all of it is."""
        found = self.cleaned_data
        if all(value is None for value in found.values()):
            return None
        ends = {name: found.get(name) for name in self.fields}
        return tuple(
            (ends[f"{key}_from"] or 0.0, 100.0 if ends[f"{key}_to"] is None else ends[f"{key}_to"])
            for key in ("a", "b")
        )


class UploadForm(forms.Form):
    version = VersionField(queryset=None, label="Dataset", empty_label=None)
    file = forms.FileField(
        label="File",
        help_text="CSV or Parquet with one row a sample: its id and its score. Other columns and other ids do no harm.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.parquet"}),
    )

    def __init__(self, project: Project, data=None, files=None, initial=None):
        super().__init__(data=data, files=files, initial=initial)
        self.fields["version"].queryset = versions_of(project).filter(artifact__isnull=False)


class ColumnsForm(forms.Form):
    """Which columns of an uploaded file are ids and scores, and what stands for samples without one."""

    name = forms.CharField(max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    id_column = forms.ChoiceField(label="Id column")
    column = forms.ChoiceField(label="Score column")
    higher_means = forms.ChoiceField(
        label="A higher score means",
        choices=[
            ("neutral", "nothing in particular"),
            ("harder", "harder"),
            ("easier", "easier"),
            ("better", "better"),
            ("worse", "worse"),
        ],
    )
    missing = forms.ChoiceField(
        label="Samples without a score",
        choices=[
            ("refuse", "refuse the file"),
            ("lowest", "get the lowest score in the file"),
            ("median", "get the median score in the file"),
            ("highest", "get the highest score in the file"),
        ],
        help_text="Every sample needs a place in the order. How many were missing stays with the score set.",
    )

    def __init__(self, columns: list[str], data=None, initial=None):
        super().__init__(data=data, initial=initial)
        for field in ("id_column", "column"):
            self.fields[field].choices = [(name, name) for name in columns]

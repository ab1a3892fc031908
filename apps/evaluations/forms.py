"""What the pages of suites ask for."""

from django import forms

from apps.common.method_form import MethodPicker
from apps.datasets.models import DatasetVersion
from apps.evaluations import selectors, services
from apps.evaluations.models import Suite
from apps.runs.models import Run


class SuiteForm(forms.Form):
    """A name, a file, and the way of asking with its parameters."""

    name = forms.CharField(
        max_length=64,
        label="Name",
        help_text="Its values stand under this name in every run: letters, digits, dots, hyphens, underscores.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="Questions",
        help_text="JSON Lines: one object a line, with question and answer, and choices where the model chooses.",
        widget=forms.FileInput(attrs={"accept": ".jsonl,.json,application/jsonl"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )

    def __init__(self, data=None, files=None, *, url: str = "", initial=None):
        super().__init__(data, files, initial=initial)
        # Only the fields of the other way of asking are drawn anew: a file that was chosen stays chosen.
        attrs = {"hx-get": url, "hx-target": "#suite-fields", "hx-swap": "outerHTML", "hx-include": "closest form"}
        attrs["hx-params"] = "not file,csrfmiddlewaretoken"
        self.picker = MethodPicker("suites", data, prefix="params", label="Kind", attrs=attrs, initial=initial)

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.picker.is_valid()])

    def asked(self) -> dict:
        params = self.picker.form.params()
        return {**self.cleaned_data, "method": self.picker.form.about["name"], "params": params}


class VersionsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, row: DatasetVersion) -> str:
        return f"{row.dataset.name}, version {row.number}"


class SuitesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, row: Suite) -> str:
        return row.name


class EvaluateForm(forms.Form):
    """What a run's last checkpoint is asked."""

    suites = SuitesField(queryset=None, required=False, label="Suites", widget=forms.CheckboxSelectMultiple)
    versions = VersionsField(
        queryset=None, required=False, label="Held-out text of", widget=forms.CheckboxSelectMultiple
    )

    weights = forms.ChoiceField(
        label="Weights", required=False, choices=[("last", "of the last step"), ("averaged", "their average")]
    )

    def __init__(self, run: Run, data=None):
        super().__init__(data, label_suffix="")
        self.fields["suites"].queryset = Suite.objects.filter(project=run.project_id).order_by("name")
        keys = [row.pk for row in selectors.not_measured(run)]
        rows = DatasetVersion.objects.filter(pk__in=keys).select_related("dataset")
        self.fields["versions"].queryset = rows.order_by("dataset__name", "-number")
        if not services.keeps_average(run):
            del self.fields["weights"]

    def clean_weights(self) -> str:
        return self.cleaned_data["weights"] or "last"

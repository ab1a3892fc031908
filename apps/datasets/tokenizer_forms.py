"""What the pages of tokenizers ask for."""

from django import forms

from apps.accounts.models import Project
from apps.common.method_form import method_form
from apps.datasets.models import DatasetVersion
from apps.datasets.tokenizer_selectors import DEAD, TRY_LIMIT

#: Parameters of the task that the page does not ask for: the texts are chosen as rows, a file is brought elsewhere.
FIXED = {"datasets": [], "max_bytes": 512 << 20, "path": "", "end_of_text": "", "template": ""}


class VersionsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, row: DatasetVersion) -> str:
        return f"{row.dataset.name}, version {row.number}"


class TrainForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    versions = VersionsField(
        queryset=None,
        label="Train on",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one dataset to train on."},
        help_text="Their held-out samples are left aside. Where there is much text, half a gigabyte is drawn from it.",
    )

    def __init__(self, project: Project, data=None, initial=None):
        super().__init__(data=data, initial=initial)
        rows = DatasetVersion.objects.filter(dataset__project=project).exclude(job__status__in=DEAD)
        self.fields["versions"].queryset = rows.select_related("dataset").order_by("dataset__name", "-number")
        self.size = method_form("tasks", "train_tokenizer", data=data, fixed=FIXED)

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.size.is_valid()])

    def asked(self) -> dict:
        return {**self.cleaned_data, "vocab_size": self.size.params()["vocab_size"]}


class UploadForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    file = forms.FileField(
        label="tokenizer.json",
        help_text="The file of that name that Hugging Face tokenizers and models come with.",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        error_messages={"required": "Choose a file."},
    )
    end_of_text = forms.CharField(
        required=False,
        max_length=100,
        strip=False,
        label="End-of-text token",
        help_text="The token that closes a sample, such as </s>. Left empty, the usual names are tried.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    template = forms.FileField(
        required=False,
        label="Chat template",
        help_text="For instruction models: their tokenizer_config.json or chat_template.jinja. Prompts and answers are then written as the template says, not as two lines.",
        widget=forms.FileInput(attrs={"accept": ".json,.jinja,.jinja2,.txt"}),
    )


class TryForm(forms.Form):
    text = forms.CharField(
        max_length=TRY_LIMIT,
        strip=False,
        label="A text",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        error_messages={"required": "Type a text to see its tokens."},
    )


class CountForm(forms.Form):
    version = forms.ModelChoiceField(queryset=None, label="Dataset", empty_label=None)

    def __init__(self, versions: list[DatasetVersion], data=None):
        super().__init__(data=data, label_suffix="")
        field = self.fields["version"]
        rows = DatasetVersion.objects.filter(pk__in=[row.pk for row in versions]).select_related("dataset")
        field.queryset = rows.order_by("dataset__name", "-number")
        field.label_from_instance = lambda row: f"{row.dataset.name}, version {row.number}"

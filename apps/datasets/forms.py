"""What registering, importing, describing and exporting a dataset ask for."""

from django import forms

from apps.accounts.models import Project
from apps.common.templatetags.ui import score_name
from apps.datasets import roots
from apps.datasets.looks import Look
from apps.datasets.models import Dataset, DatasetVersion
from gradatim.corpora import formats
from gradatim.corpora.streams import COMPRESSIONS

ENDINGS = [*formats.READERS, *COMPRESSIONS]


class FileForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="JSON Lines, CSV, TSV or plain text (also as .gz or .zst), or Parquet.",
        error_messages={"required": "Choose a file."},
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
    )


class FolderForm(forms.Form):
    root = forms.ChoiceField(label="Folder")
    path = forms.CharField(
        max_length=1000,
        label="Path below it",
        error_messages={"required": "Give the path of a file, or choose one from the list."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "wiki/en.jsonl.gz"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["root"].choices = [(name, name) for name in roots.names()]


class NotesForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    licence = forms.CharField(
        max_length=120, required=False, label="Licence", help_text="For example CC-BY-4.0 or MIT."
    )
    description = forms.CharField(
        max_length=4000,
        required=False,
        label="Notes",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where it comes from and what it is for.",
    )


class ImportForm(NotesForm):
    """How a file becomes samples of a new dataset, or of the next version of one."""

    FIELDS = ("text", "prompt", "answer", "id", "domain")

    target = forms.ChoiceField(required=False, label="Import as")
    shape = forms.ChoiceField(
        choices=[("text", "One text"), ("pair", "A prompt and its answer")], label="A sample is", required=False
    )
    text = forms.ChoiceField(required=False, label="Text")
    prompt = forms.ChoiceField(required=False, label="Prompt")
    answer = forms.ChoiceField(required=False, label="Answer")
    id = forms.ChoiceField(required=False, label="Id", help_text="Ids tell versions apart: rows are compared by them.")
    domain = forms.ChoiceField(required=False, label="Domain from")
    domain_name = forms.CharField(required=False, max_length=200, label="One domain for all")
    unit = forms.ChoiceField(
        choices=[("paragraphs", "A group of paragraphs"), ("lines", "A line")], label="A sample is", required=False
    )
    min_chars = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        label="Characters at least",
        help_text="Paragraphs are joined until a sample has so many.",
    )
    on_bad = forms.ChoiceField(
        choices=[("stop", "Stop: import nothing, and name them"), ("skip", "Skip them, and list them")],
        label="Rows that cannot be used",
    )

    def __init__(self, project: Project, seen: Look, data=None, initial=None):
        stem = formats.stem(seen.file.name)
        guessed = {
            "name": stem,
            "domain_name": "" if seen.guess.get("domain") else stem,
            "shape": "pair" if seen.guess.get("prompt") else "text",
            "unit": "paragraphs",
            "min_chars": 1000,
            "on_bad": "stop",
            **seen.guess,
        }
        super().__init__(data=data, initial={**guessed, **(initial or {})})
        self.project, self.seen = project, seen
        self.fields["name"].required = False
        self.fields["name"].label = "Name of the new dataset"
        datasets = [(str(row.pk), f"New version of {row.name}") for row in project.datasets.all()]
        self.fields["target"].choices = [("", "A new dataset"), *datasets]
        usable = [(field.name, field.name) for field in seen.fields]
        for name in ("text", "prompt", "answer"):
            self.fields[name].choices = [("", "Choose a field"), *usable]
        self.fields["id"].choices = [("", "The row number"), *usable]
        self.fields["domain"].choices = [("", "One for all"), *usable]

    def mapping(self) -> dict:
        """The mapping as it stands in the fields, valid or not."""
        now = self.data if self.is_bound else self.initial
        given = {name: str(now.get(name) or "") for name in (*self.FIELDS, "domain_name", "unit", "min_chars", "shape")}
        if self.seen.plain:
            chars = given["min_chars"]
            least = int(chars) if chars.isdecimal() and 0 < int(chars) <= 1_000_000 else 1000
            unit = "lines" if given["unit"] == "lines" else "paragraphs"
            wanted = {"unit": unit, "min_chars": least, "domain_name": given["domain_name"]}
        else:
            names = ("prompt", "answer") if given["shape"] == "pair" else ("text",)
            domain = "domain" if given["domain"] else "domain_name"
            wanted = {name: given[name] for name in (*names, "id", domain)}
        return {name: value for name, value in wanted.items() if value}

    def clean(self):
        values = super().clean()
        if not values.get("target"):
            if not values.get("name"):
                self.add_error("name", "Give the new dataset a name.")
            elif self.project.datasets.filter(name=values["name"]).exists():
                self.add_error("name", "There is a dataset of this name: choose it above to make its next version.")
        if not self.seen.plain:
            asked = ("prompt", "answer") if values.get("shape") == "pair" else ("text",)
            for name in asked:
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, f"Choose the field that holds the {name}.")
        return values

    def dataset(self) -> Dataset | None:
        target = self.cleaned_data["target"]
        return self.project.datasets.get(pk=target) if target else None


class ExportForm(forms.Form):
    """All samples of a version, or some of them."""

    format = forms.ChoiceField(choices=[("jsonl", "JSON Lines"), ("parquet", "Parquet")], label="Format")
    domain = forms.ChoiceField(required=False, label="Domain")
    word = forms.CharField(required=False, max_length=200, label="Contains the word")
    scores = forms.ChoiceField(required=False, label="Score", help_text="It is exported beside each sample.")
    pick = forms.ChoiceField(
        required=False,
        choices=[("", "All of them"), ("highest", "The highest"), ("lowest", "The lowest"), ("between", "Between")],
        label="Samples by score",
    )
    count = forms.IntegerField(required=False, min_value=1, label="How many")
    low = forms.FloatField(required=False, label="From")
    high = forms.FloatField(required=False, label="To")

    def __init__(self, version: DatasetVersion, data=None, initial=None):
        super().__init__(data=data, initial=initial)
        names = version.artifact.meta["domains"]
        self.fields["domain"].choices = [("", "All domains"), *((name, name) for name in sorted(names))]
        sets = version.score_sets.filter(artifact__isnull=False)
        self.sets = {str(row.pk): row for row in sets}
        self.fields["scores"].choices = [("", "No score"), *((pk, score_name(row)) for pk, row in self.sets.items())]

    def clean(self):
        values = super().clean()
        pick = values.get("pick")
        if pick and not values.get("scores"):
            self.add_error("scores", "Choose the score by which samples are picked.")
        if pick in ("highest", "lowest") and not values.get("count") and "count" not in self.errors:
            self.add_error("count", "Say how many.")
        low, high = values.get("low"), values.get("high")
        if pick == "between" and low is None and high is None:
            self.add_error("low", "Give at least one end of the range.")
        if pick == "between" and low is not None and high is not None and low > high:
            self.add_error("high", "The range ends before it begins.")
        return values

    def selection(self) -> dict:
        """What was chosen, without what is empty or does not count."""
        values = self.cleaned_data
        counted = {"highest": ("count",), "lowest": ("count",), "between": ("low", "high")}.get(values["pick"], ())
        names = ("domain", "word", "scores", "pick", *counted)
        return {name: values[name] for name in names if values[name] not in (None, "")}

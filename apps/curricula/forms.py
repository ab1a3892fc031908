"""Forms of the builder: one for the curriculum, one a phase, one a stream. :mod:`apps.curricula.builder` puts them together."""

import functools

from django import forms

from apps.common.bounds import say_plainly
from apps.common.method_form import method_choices
from apps.curricula import documents
from apps.curricula.choices import Choices
from apps.curricula.plan_meters import BATCH_SIZE, CONTEXT
from gradatim.errors import UserError

#: A budget that every reader of JSON keeps exactly.
MOST = 10**15


@functools.cache
def _methods(family: str) -> list[tuple[str, str]]:
    """The installed methods do not change while the server runs, and describing them all costs 50 ms."""
    return method_choices(family)


class Whole(forms.IntegerField):
    """A whole number that may be written as 2,000,000 or 2 000 000."""

    widget = forms.TextInput

    def to_python(self, value):
        return super().to_python(value.replace(",", "").replace(" ", "").replace("_", "") if value else value)

    def widget_attrs(self, widget):
        return {"inputmode": "numeric", "autocomplete": "off"}


class Refreshing(forms.Select):
    """A choice on which other fields depend: with script, choosing sends the form as it is and gets it back with them.

    Typed letter by letter it is chosen several times at once: the last one counts, or an earlier answer would undo it.
    """

    def __init__(self):
        sending = {"hx-post": "", "hx-trigger": "change", "hx-vals": '{"do": "refresh"}'}
        super().__init__(attrs={**sending, "hx-sync": "closest form:replace"})


class NameField(forms.RegexField):
    """A name as documents and metrics write it."""

    def __init__(self, **kwargs):
        words = "A name is letters, digits, dots, dashes and underscores, and begins with a letter or a digit."
        super().__init__(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", error_messages={"invalid": words}, **kwargs)

    def widget_attrs(self, widget):
        return {"autocomplete": "off", "spellcheck": "false"}


class HeadForm(forms.Form):
    """Name and tokenizer; a further version of a curriculum keeps the curriculum's name."""

    name = forms.CharField(max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(required=False, label="What is it for?", widget=forms.Textarea(attrs={"rows": 2}))
    tokenizer = forms.ChoiceField(label="Tokenizer", help_text="Budgets and mixtures count its tokens.")

    def __init__(self, *args, choices: Choices, named: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tokenizer"].choices = choices.of_tokenizers
        if named:
            del self.fields["name"], self.fields["description"]


class PhaseForm(forms.Form):
    name = NameField(label="Phase")
    tokens = Whole(
        min_value=1,
        max_value=MOST,
        label="Budget in tokens",
        help_text="The phase ends with the sample that reaches it.",
    )
    mixture = forms.ChoiceField(
        required=False, label="Mixture", widget=Refreshing(), help_text="How its streams share the tokens."
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["mixture"].choices = _methods("mixing")
        self.fields["mixture"].initial = "static"
        say_plainly(self)


class StreamForm(forms.Form):
    """``version`` is the dataset version that is chosen: domains and score sets are those of it."""

    name = NameField(label="Stream")
    weight = forms.FloatField(
        min_value=0,
        label="Weight",
        widget=forms.NumberInput(attrs={"step": "any", "min": "0", "data-weight": ""}),
    )
    dataset = forms.ChoiceField(label="Data", widget=Refreshing())
    domains = forms.MultipleChoiceField(
        required=False, label="Domains", widget=forms.CheckboxSelectMultiple, help_text="None ticked: all of them."
    )
    scores = forms.ChoiceField(required=False, label="Score set")
    selection = forms.ChoiceField(required=False, label="Selection", widget=Refreshing())
    ordering = forms.ChoiceField(label="Order", widget=Refreshing())
    jitter_window = Whole(
        min_value=0,
        max_value=MOST,
        required=False,
        label="Jitter window",
        help_text="Samples are moved by about so many places after they were put in order; 0: not.",
    )
    jitter = forms.ChoiceField(
        required=False,
        label="Jitter",
        choices=[
            ("disjoint", "Windows side by side"),
            ("overlapping", "A window around each sample"),
            ("gumbel", "Gumbel noise: some move far"),
        ],
        help_text="Windows side by side make steps; windows around each sample do not.",
    )
    epochs = Whole(
        min_value=1,
        max_value=MOST,
        required=False,
        label="Passes at most",
        help_text="Empty: as many as the budget needs; one, where it is not repeated.",
    )
    exhausted = forms.ChoiceField(
        required=False,
        label="When it runs out",
        choices=[
            ("repeat", "Repeat it"),
            ("renormalise", "Give its share to the others"),
            ("stop", "End the phase there"),
        ],
        help_text="After the passes at most of one that is repeated, the others take its share.",
    )

    def __init__(self, *args, choices: Choices, version: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["dataset"].choices = choices.of_versions
        self.fields["domains"].choices = choices.of_domains(version)
        self.fields["scores"].choices = [("", "none"), *choices.of_scores(version)]
        self.fields["scores"].error_messages["invalid_choice"] = "Choose a score set of this dataset version."
        self.fields["domains"].error_messages["invalid_choice"] = "This dataset version has no domain “%(value)s”."
        self.fields["selection"].choices = [("", "Keep every sample"), *_methods("selections")]
        self.fields["ordering"].choices = _methods("orderings")
        say_plainly(self)


class ImportForm(forms.Form):
    """A document as text or as a file; ``cleaned_data`` is what the service asks for."""

    name = forms.CharField(max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    text = forms.CharField(
        required=False,
        label="Document",
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "class": "code"}),
        help_text="YAML or JSON, as a version's page gives it.",
    )
    file = forms.FileField(
        required=False, label="… or a file", widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json"})
    )

    def clean(self):
        values = super().clean()
        file = values.pop("file", None)
        if file and file.size > documents.LONGEST:
            self.add_error("file", "This file is too large to be a curriculum document.")
        elif file:
            try:
                values["text"] = file.read().decode()
            except UnicodeDecodeError:
                self.add_error("file", "This file is not text in UTF-8.")
        elif not values.get("text", "").strip() and "file" not in self.errors:
            self.add_error("text", "Paste a document, or choose a file.")
        return values

    def refuse(self, error: UserError) -> None:
        """Every fault of the document once, with the path at which it stands in it first."""
        if error.field == "name":
            return self.add_error("name", error.sentence)
        places: dict[str, list[str]] = {}
        for fault in getattr(error, "faults", [error]):
            places.setdefault(fault.sentence.removeprefix(f"{fault.field}: "), []).append(fault.field)
        for sentence, (first, *more) in places.items():
            where = f"{first} and {len(more)} more place{'s' if len(more) > 1 else ''}" if more else first
            self.add_error("text", f"{where}: {sentence}" if where else sentence)
        return None


class PlanForm(forms.Form):
    seed = forms.IntegerField(min_value=0, max_value=2**53 - 1, initial=0, label="Seed")


class BatchForm(forms.Form):
    """The batch of a run, out of a query; what it leaves open is as in a recipe that says nothing of it."""

    batch = Whole(min_value=1, max_value=1_000_000, label="Sequences in a batch")
    context = Whole(min_value=8, max_value=1_000_000, label="Tokens in a sequence")

    def __init__(self, query):
        usual = {"batch": str(BATCH_SIZE), "context": str(CONTEXT)}
        super().__init__({key: query.get(key) or value for key, value in usual.items()})

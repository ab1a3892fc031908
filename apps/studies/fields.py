"""What the forms of all kinds of studies share."""

from collections.abc import Callable

from django import forms
from django.db.models import Model, QuerySet

from apps.accounts.models import Project
from apps.evaluations.models import Suite
from apps.runs.forms import seeds_of
from apps.studies import asked
from gradatim.errors import UserError

_TEXT = forms.TextInput(attrs={"autocomplete": "off"})


class SeedsField(forms.CharField):
    """``1, 2, 3`` or ``1-3`` as numbers."""

    def clean(self, value) -> list[int]:
        try:
            return seeds_of(super().clean(value))
        except UserError as error:
            raise forms.ValidationError(error.sentence) from None


class SharesField(forms.CharField):
    """``0, 12.5, 25`` per cent as shares of 1; an initial list of shares is shown so, too."""

    def prepare_value(self, value):
        return ", ".join(f"{100 * share:.6g}" for share in value) if isinstance(value, list | tuple) else value

    def clean(self, value) -> list[float]:
        try:
            parts = super().clean(value).replace("%", " ").replace(";", ",").split(",")
            return [float(part) / 100 for part in parts if part.strip()]
        except ValueError:
            raise forms.ValidationError("Per cents are numbers such as 0, 12.5, 25, with commas between.") from None


class ShareField(SharesField):
    """One share."""

    def prepare_value(self, value):
        return super().prepare_value([value] if isinstance(value, float) else value)

    def clean(self, value) -> float:
        shares = super().clean(value)
        if len(shares) != 1:
            raise forms.ValidationError("This is one number, such as 25.")
        return shares[0]


OWN_BASES = forms.BooleanField(
    required=False,
    label="Each seed from its own base",
    help_text="The chosen one, and trained runs that differ from it in their seed alone: what is found then holds beyond one base.",
)


class StudyForm(forms.Form):
    """Fields named as the parameters of the kind; subclasses add their own and fill their choices in with :meth:`choose`."""

    seeds = SeedsField(
        max_length=400, label="Seeds", initial="1-3", widget=_TEXT, help_text="One run a seed of each: 1, 2, 3 or 1-3."
    )
    recipe_of = forms.ModelChoiceField(queryset=None, required=False, label="Recipe")
    suites = forms.ModelMultipleChoiceField(
        queryset=None, required=False, label="Asked while they train", widget=forms.CheckboxSelectMultiple
    )
    name = forms.CharField(
        required=False, max_length=100, label="Name", widget=_TEXT, help_text="Empty: made of what is asked."
    )
    question = forms.CharField(
        required=False,
        max_length=2000,
        label="Question",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands above the comparison. Empty: the question of this kind of study.",
    )

    def __init__(self, *args, project: Project, **kwargs):
        super().__init__(*args, **kwargs)
        self.project = project
        suites = Suite.objects.filter(project=project)
        self.choose("suites", suites, lambda suite: suite.name)
        if not suites.exists():
            del self.fields["suites"]
        self.fields["recipe_of"].empty_label = self.like
        self.choose("recipe_of", asked.recipes_of(project), lambda run: f"As {run.name}")

    #: what is said where :meth:`possible` is not the case: sentence, address of a list of the project, words of the link to it
    lacking = ("", "", "")
    #: the recipe where none is chosen, in words
    like = "As the base, up to half its peak"

    @classmethod
    def possible(cls, project: Project) -> bool:
        """Whether the project has what this kind starts from."""
        return True

    def start(self) -> dict[str, str]:
        """What the form starts with, as text; of rows to choose from, the first."""
        values = {}
        for name, field in self.fields.items():
            first = field.queryset.first() if isinstance(field, forms.ModelChoiceField) and field.required else None
            values[name] = str(first.pk) if first else field.prepare_value(field.initial) or ""
        return values

    def choose(self, name: str, rows, words: Callable) -> None:
        field = self.fields[name]
        field.queryset, field.label_from_instance = rows, words

    def params(self) -> dict:
        """The parameters as they are asked over the API."""
        chosen = {name: value for name, value in self.cleaned_data.items() if name not in ("name", "question")}
        return {name: _plain(value) for name, value in chosen.items() if value not in (None, "")}

    def about(self) -> dict:
        return {name: self.cleaned_data.get(name, "") for name in ("name", "question")}

    def refuse(self, error: UserError) -> None:
        """Show a mistake at its field; at the form's head where it belongs to none."""
        path = error.field.removeprefix("params.")
        path = "recipe_of" if path.split(".")[0] in ("recipe", "recipe_of") else path.split(".")[0]
        self.add_error(path if path in self.fields else None, error.sentence)

    def settings(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in ("name", "question")]


def _plain(value):
    """Rows by their ids."""
    if isinstance(value, QuerySet):
        return [str(row.pk) for row in value]
    return str(value.pk) if isinstance(value, Model) else value

"""Forms made from the parameters of a method: one field for each, with its label, help, bounds and default.

A method describes itself once, in its ``Params``; what the browser asks for is derived from it here, and what comes
back is validated by the same :mod:`gradatim.params` that the API and the command line use.
"""

import types
from dataclasses import MISSING, fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from django import forms
from django.forms.fields import InvalidJSONInput

from apps.common.bounds import say_plainly
from apps.common.methods import figure
from apps.common.mixture_fields import FramesField, NamesField, WeightsField
from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import UserError

#: Families whose methods people choose on pages.
CHOSEN = ("scores", "selections", "orderings", "mixing", "diagnostics", "suites", "plots")


class MethodForm(forms.Form):
    """The parameters of one method. ``fixed`` are parameters that the caller gives itself; they have no field.

    ``about`` is what :func:`gradatim.registry.describe` says of it. Data that was typed for another method (told by
    the hidden ``<prefix>-of``) is not mistaken for this one's: the form is then unbound, with ``switched`` true, and
    shows this method's fields, the parameters of the same name kept as far as somebody typed them (:func:`typed_for`).
    """

    def __init__(self, family: str, name: str, data=None, initial=None, prefix: str = "", fixed: dict | None = None):
        self.module = registry.load(family, name)
        self.about = registry.describe(family, name) | {"figure": figure(family, name)}
        self.fixed = dict(fixed or {})
        names = [f.name for f in fields(self.module.Params) if f.name not in self.fixed]
        marker = f"{prefix}-of" if prefix else "of"
        self.marker, self.identity = marker, f"{family}.{name}"
        self.switched = data is not None and data.get(marker, self.identity) != self.identity
        if self.switched:
            sent = {n: data[key] for n in names if (key := f"{prefix}-{n}" if prefix else n) in data}
            initial, data = typed_for(data[marker], sent), None
        super().__init__(data=data, initial=initial, prefix=prefix or None)
        hints = get_type_hints(self.module.Params)
        for f in fields(self.module.Params):
            if f.name in names:
                self.fields[f.name] = field = _field(f, hints[f.name])
                if isinstance(field, forms.JSONField) and isinstance(self.initial.get(f.name), str):
                    self.initial[f.name] = InvalidJSONInput(self.initial[f.name])  # typed text, shown as it was typed
        say_plainly(self)
        self._params = None

    def clean(self):
        """What the fields alone cannot tell (exclusive bounds, patterns, types inside JSON) is asked of the library."""
        values = super().clean()
        if not self.errors:
            try:
                parsed = parameters.parse(self.module.Params, {**self._typed(values), **self.fixed})
                self._params = parameters.as_dict(parsed)
            except UserError as error:
                put_error(self, error)
        return values

    def params(self) -> dict:
        """All parameters of a valid form, as documents have them: see :func:`gradatim.params.as_dict`."""
        return dict(self._params)

    def _typed(self, values: dict) -> dict:
        """The values as the library knows them: a field left empty is absent, so that its default holds."""
        return {
            name: self.fields[name].to_param(value)
            for name, value in values.items()
            if value not in (None, "") or self.fields[name].required
        }


def typed_for(identity: str, sent: dict[str, str]) -> dict[str, str]:
    """What of the values that were sent for a method ("orderings.saw") is not just that method's own default."""
    family, _, name = identity.partition(".")
    if family not in registry.FAMILIES or name not in registry.names(family):
        return sent
    usual = {f.name: f.default for f in fields(registry.load(family, name).Params)}
    return {key: value for key, value in sent.items() if str(usual.get(key, MISSING)) != value}


class MethodPicker:
    """A method and its parameters, chosen together: ``choice`` is a form of one select, ``form`` the parameters.

    ``initial`` is ``{"method": name, "params": {...}}``, as documents write it; ``attrs`` are the select's, such as what
    htmx does when another method is chosen. Without script, sending the form brings the other method's fields.
    """

    def __init__(self, family: str, data=None, initial=None, prefix: str = "", names=None, label: str = "", attrs=None):
        initial = initial or {}
        names = list(names if names is not None else registry.names(family))
        self.choice = forms.Form(data=data, prefix=prefix or None, initial={"method": initial.get("method", names[0])})
        self.choice.fields["method"] = forms.ChoiceField(
            choices=method_choices(family, names),
            label=label or registry.FAMILIES[family][1].capitalize(),
            widget=forms.Select(attrs=attrs),
        )
        chosen = self.choice["method"].value()
        name = chosen if chosen in names else names[0]
        self.form = MethodForm(family, name, data=data, initial=initial.get("params"), prefix=prefix)

    @property
    def switched(self) -> bool:
        return self.form.switched

    def is_valid(self) -> bool:
        return self.choice.is_valid() and self.form.is_valid()

    def value(self) -> dict:
        """``{"method": name, "params": {...}}`` of a valid choice."""
        return {"method": self.form.about["name"], "params": self.form.params()}


def method_form(family: str, name: str, data=None, initial=None, prefix: str = "", fixed=None) -> MethodForm:
    return MethodForm(family, name, data=data, initial=initial, prefix=prefix, fixed=fixed)


def method_choices(family: str, names=None) -> list[tuple[str, str]]:
    """(name, title) of the family's methods, by title."""
    found = [(name, registry.describe(family, name)["title"]) for name in (names or registry.names(family))]
    return sorted(found, key=lambda pair: pair[1])


def put_error(form: forms.Form, error: UserError, names: dict[str, str] | None = None) -> None:
    """A ``UserError`` at the form's field that it names; at the top of the form where it has no such field.

    The field's path loses its first steps until one is a field (``params.layers`` -> ``layers``); ``names`` maps paths
    to fields where they are called otherwise.
    """
    steps = (names or {}).get(error.field, error.field).split(".")
    name = next((step for step in steps if step in form.fields), None)
    sentence = error.sentence.removeprefix(f"{error.field}: ")
    form.add_error(name, sentence[:1].upper() + sentence[1:])


def _field(f: Any, hint: Any) -> forms.Field:
    """The form field of one parameter; each has ``to_param``, from the cleaned value to the parameter's."""
    kind = _plain(hint)
    missing = f.default is MISSING and f.default_factory is MISSING
    default = None if missing else f.default if f.default_factory is MISSING else f.default_factory()
    bounds = f.metadata["bounds"]
    common = {
        "label": f.metadata["label"] or f.name.replace("_", " ").capitalize(),
        "help_text": f.metadata["help"],
        "initial": default,
        "required": missing or (kind is str and bounds.get("min_length", 0) > 0),
    }
    choices, to_param = None, _same
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        field = forms.ChoiceField(choices=[(str(c), choice_words(c)) for c in choices], **common)
        to_param = {str(c): c for c in choices}.get
    elif kind is bool:
        field = forms.BooleanField(**{**common, "required": False})
    elif kind is int:
        field = forms.IntegerField(min_value=bounds.get("ge"), max_value=bounds.get("le"), **common)
    elif kind is float:
        field = forms.FloatField(
            min_value=bounds.get("ge"),
            max_value=bounds.get("le"),
            widget=forms.NumberInput(attrs={"step": "any"}),
            **common,
        )
    elif kind is str:
        limits = {"min_length": bounds.get("min_length"), "max_length": bounds.get("max_length")}
        field = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}), **limits, **common)
    elif kind in _WRITTEN:
        field = _WRITTEN[kind](**common)
    else:
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "code"})
        field = forms.JSONField(widget=widget, **common)
    field.to_param = to_param
    return field


#: Kinds of parameters that people write as text.
_WRITTEN = {
    list[str]: NamesField,
    dict[str, float]: WeightsField,
    list[tuple[float, dict[str, float]]]: FramesField,
}


def choice_words(value) -> str:
    """bits_per_byte -> Bits per byte; names with digits (bf16) stay as they are."""
    text = str(value)
    return text if any(c.isdigit() for c in text) else text.replace("_", " ").capitalize()


def _plain(hint: Any) -> Any:
    """The type without ``| None``."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        return inner[0] if len(inner) == 1 else Any
    return hint


def _same(value: Any) -> Any:
    return value

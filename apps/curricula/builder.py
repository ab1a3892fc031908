"""The builder: what was typed, as forms, as the draft that it stands for, and with errors at their fields."""

import re
from dataclasses import dataclass

from django.forms import BooleanField, Form

from apps.common.method_form import MethodForm, method_form, put_error, typed_for
from apps.curricula.choices import Choices
from apps.curricula.forms import HeadForm, PhaseForm, StreamForm
from apps.curricula.typed import METHODS, Typed, numbered
from gradatim import order_presets, registry
from gradatim.errors import UserError
from gradatim.types import Remark

_PATH = re.compile(r"^phases\.(\d+)(?:\.streams\.(\d+))?\.?(.*)$")
_PREFIX = re.compile(r"(?:phases-(\d+)(?:-streams-(\d+))?)?")
_WEIGHT = "mixture.params.weights"
#: Weights are typed at the streams that they are of.
_AT_STREAMS = {"weights": {}}


@dataclass
class Stream:
    form: StreamForm
    selection: MethodForm | None
    ordering: MethodForm

    @property
    def forms(self) -> list[Form]:
        return [self.form, self.ordering] + ([self.selection] if self.selection else [])

    @property
    def valid(self) -> bool:
        return all([form.is_valid() for form in self.forms])

    @property
    def preset(self) -> str:
        """The preset whose order stands in the fields, unchanged; empty: none."""
        window = "".join(digit for digit in str(self.form["jitter_window"].value() or "") if digit.isdecimal())
        values = {name: self.ordering[name].value() for name in self.ordering.fields}
        values = {name: value for name, value in values.items() if value not in (None, "")}
        try:
            return order_presets.matching(self.ordering.about["name"], values, int(window or 0) > 1)
        except UserError:
            return ""

    def draft(self) -> dict:
        """The stream of the document, of valid forms."""
        values = self.form.cleaned_data
        made = {"name": values["name"], "dataset": values["dataset"], "jitter_window": values["jitter_window"] or 0}
        made["ordering"] = {"method": values["ordering"], "params": self.ordering.params()}
        if self.selection:
            made["selection"] = {"method": values["selection"], "params": self.selection.params()}
        if values["jitter"] not in ("", "disjoint"):
            made["jitter"] = values["jitter"]
        if values["exhausted"] not in ("", "repeat"):
            made["exhausted"] = values["exhausted"]
        made |= {key: values[key] for key in ("domains", "scores", "epochs") if values[key]}
        return made


@dataclass
class Phase:
    form: PhaseForm
    mixture: MethodForm
    streams: list[Stream]

    @property
    def forms(self) -> list[Form]:
        return [self.form, self.mixture, *(form for stream in self.streams for form in stream.forms)]

    @property
    def weighted(self) -> bool:
        """Whether the mixture looks at the streams' weights."""
        return "weights" in self.mixture.about["parameters"].get("properties", {})

    @property
    def mixed(self) -> bool:
        """Whether there is anything to choose: one stream alone is not mixed."""
        return len(self.streams) > 1 or self.mixture.about["name"] != "static"

    def draft(self) -> dict:
        return self.partial("")

    def partial(self, name: str) -> dict:
        """The phase of the document, ``name`` its name where it has none; None for what cannot be read."""
        valid = [stream for stream in self.streams if stream.valid]
        weights = {stream.form.cleaned_data["name"]: stream.form.cleaned_data["weight"] for stream in valid}
        mixture = None
        if self.mixture.is_valid():
            params = self.mixture.params() | ({"weights": weights} if self.weighted else {})
            mixture = {"method": self.mixture.about["name"], "params": params}
        return {
            "name": self.form.cleaned_data.get("name") or name,
            "tokens": self.form.cleaned_data.get("tokens"),
            "streams": [stream.draft() if stream.valid else None for stream in self.streams],
            "mixture": mixture,
        }


class Builder:
    """The forms of what was typed. Unbound ones (``check`` false) show it as it is and complain of nothing."""

    presets, caveat = order_presets.PRESETS, order_presets.CAVEAT

    def __init__(self, typed: Typed, choices: Choices, *, check: bool, named: bool):
        self.typed, self.choices, self.named = typed, choices, named
        self._check, self._data = check, numbered(typed)
        self.head = self._form(HeadForm, typed, "", choices=choices, named=named)
        self.phases = [self._phase(f"phases-{i}", part) for i, part in enumerate(typed.parts)]

    @property
    def forms(self) -> list[Form]:
        return [self.head, *(form for phase in self.phases for form in phase.forms)]

    @property
    def switched(self) -> bool:
        """Whether a method was chosen whose own fields were not on the page yet."""
        return any(form.switched for form in self.forms if isinstance(form, MethodForm))

    def is_valid(self) -> bool:
        valid = all([form.is_valid() for form in self.forms])
        self._refuse_doubles([phase.form for phase in self.phases])
        for phase in self.phases:
            self._refuse_doubles([stream.form for stream in phase.streams])
        return valid and not any(form.errors for form in self.forms)

    def draft(self) -> dict:
        """The draft that valid forms stand for."""
        tokenizer = self.head.cleaned_data["tokenizer"]
        return {"tokenizer": tokenizer, "phases": [phase.draft() for phase in self.phases]}

    def partial(self) -> dict | None:
        """As much of the draft as can be read: None for a stream or budget that cannot, and without a tokenizer for all."""
        self.is_valid()
        tokenizer = self.head.cleaned_data.get("tokenizer")
        phases = [phase.partial(f"phase-{i}") for i, phase in enumerate(self.phases, 1)]
        return {"tokenizer": tokenizer, "phases": phases} if tokenizer else None

    def put(self, error: UserError) -> None:
        """An error of the draft, at the field that stands for its path."""
        form, rest = self._place(error.field)
        put_error(form, UserError(error.sentence.removeprefix(f"{error.field}: "), field=rest))

    def notes(self, remarks: list[Remark]) -> list[dict]:
        """Remarks on the draft with the ``id`` and ``label`` of their fields; both empty for what belongs to no field."""
        found = []
        for remark in remarks:
            form, rest = self._place(remark.field)
            name = next((step for step in rest.split(".") if step in form.fields), None)
            id, label = (form[name].auto_id, form[name].label) if name else ("", "")
            found.append({"id": id, "label": label, "sentence": remark.sentence})
        return found

    def problems(self) -> list[dict]:
        """All errors with the ``id`` and ``label`` of their fields, both empty for what belongs to no field, and the phase and
        stream in words that they are ``of``, where there are several."""
        found = []
        for form in self.forms if self._check else []:
            for name, sentences in form.errors.items():
                known = name in form.fields
                id, label = (form[name].auto_id, form[name].label) if known else ("", "")
                at = {"id": id, "label": label, "of": self._of(form)}
                found += [at | {"sentence": sentence} for sentence in sentences]
        return found

    def _of(self, form: Form) -> str:
        k, j = _PREFIX.match(form.prefix or "").groups()
        parts = [f"stream {int(j) + 1}"] if j and len(self.phases[int(k)].streams) > 1 else []
        parts += [f"phase {int(k) + 1}"] if k and len(self.phases) > 1 else []
        return " of ".join(parts)

    def _place(self, path: str) -> tuple[Form, str]:
        """The form that stands for a path of the draft, and the path inside it."""
        found = _PATH.match(path)
        if not found or int(found[1]) >= len(self.phases):
            return self.head, path
        phase, rest = self.phases[int(found[1])], found[3]
        if found[2] is None:
            named = rest.removeprefix(_WEIGHT).removeprefix(".") if rest.startswith(_WEIGHT) else None
            owner = next((s for s in phase.streams if s.form["name"].value() == named), None)
            if owner is None and named is not None and phase.weighted:
                owner = phase.streams[0]
            if owner is None and rest.startswith("mixture.params"):
                return phase.mixture, rest.removeprefix("mixture.")
            return (owner.form, "weight") if owner else (phase.form, rest)
        stream = phase.streams[int(found[2])]
        part, _, inside = rest.partition(".")
        form = getattr(stream, part) if inside.startswith("params") and part in METHODS else stream.form
        return form, inside if form is not stream.form else part

    @staticmethod
    def _refuse_doubles(forms: list[Form]) -> None:
        seen = set()
        for form in forms:
            name = form.cleaned_data.get("name")
            if name in seen:
                form.add_error("name", "This name is taken already: choose another one.")
            seen |= {name} - {None}

    def _phase(self, prefix: str, typed: Typed) -> Phase:
        streams = [self._stream(f"{prefix}-streams-{j}", part) for j, part in enumerate(typed.parts)]
        mixture = self._method(prefix, "mixture", typed) or self._usual(prefix, "mixture", "static")
        return Phase(self._form(PhaseForm, typed, prefix), mixture, streams)

    def _stream(self, prefix: str, typed: Typed) -> Stream:
        form = self._form(StreamForm, typed, prefix, choices=self.choices, version=typed.one("dataset"))
        selection = self._method(prefix, "selection", typed)
        return Stream(
            form, selection, self._method(prefix, "ordering", typed) or self._usual(prefix, "ordering", "shuffle")
        )

    def _form(self, kind: type[Form], typed: Typed, prefix: str, **more) -> Form:
        shown = {name: values if name == "domains" else values[-1] for name, values in typed.values.items() if values}
        return kind(self._data if self._check else None, initial=shown, prefix=prefix or None, **more)

    def _method(self, prefix: str, part: str, typed: Typed) -> MethodForm | None:
        name, family = typed.one(part), METHODS[part]
        if name not in registry.names(family):
            return None
        inside, fixed = f"{prefix}-{part}", _fixed(family, name)
        if self._check:
            return method_form(family, name, data=self._data, prefix=inside, fixed=fixed)
        shown = {k.removeprefix(f"{part}-"): v[-1] for k, v in typed.values.items() if k.startswith(f"{part}-") and v}
        if (left := shown.get("of")) not in (None, f"{family}.{name}"):
            shown = typed_for(left, shown)
        form = method_form(family, name, initial=shown, prefix=inside, fixed=fixed)
        if shown.get("of") == form.identity:  # a box that was not ticked was not sent
            form.initial |= {n: n in shown for n, f in form.fields.items() if isinstance(f, BooleanField)}
        return form

    def _usual(self, prefix: str, part: str, name: str) -> MethodForm:
        """The method of a part that names none."""
        family, data = METHODS[part], self._data if self._check else None
        return method_form(family, name, prefix=f"{prefix}-{part}", data=data, fixed=_fixed(family, name))


def _fixed(family: str, name: str) -> dict:
    known = registry.describe(family, name)["parameters"].get("properties", {}) if family == "mixing" else {}
    return _AT_STREAMS if "weights" in known else {}

"""What a number may be, in the words of a person."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import Form

_WORDS = {MinValueValidator: "At least %(limit_value)s.", MaxValueValidator: "At most %(limit_value)s."}


def say_plainly(form: Form) -> None:
    """The complaints of a form about numbers that are too low or too high, in few words."""
    for field in form.fields.values():
        for validator in field.validators:
            if words := _WORDS.get(type(validator)):
                validator.message = words

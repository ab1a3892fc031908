"""What a page of the audit can be asked for; the address holds the answers."""

from django import forms

from apps.audit.kinds import GROUPS


class FilterForm(forms.Form):
    person = forms.CharField(required=False, max_length=150, label="Who")
    kind = forms.ChoiceField(
        required=False,
        label="What",
        choices=[("", "Anything"), *((title, list(kinds.items())) for title, kinds in GROUPS.items())],
    )
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self):
        values = super().clean()
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", "The time ends before it begins.")
        return values

    def asked(self) -> dict:
        """What was chosen; nothing is where something cannot be read."""
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}

"""What a comparison page asks for."""

from django import forms


class NotesForm(forms.Form):
    notes = forms.CharField(
        max_length=20_000,
        required=False,
        label="Notes",
        help_text="Markdown: **bold**, lists, tables, `code` and [links](https://example.org). Pictures and HTML are shown as text.",
        widget=forms.Textarea(attrs={"rows": 12, "class": "code"}),
    )


class SaveForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name")
    question = forms.CharField(
        max_length=2000, required=False, label="Question", widget=forms.Textarea(attrs={"rows": 2})
    )

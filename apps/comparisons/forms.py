"""What a comparison page asks for."""

from django import forms


class SaveForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name")
    question = forms.CharField(
        max_length=2000, required=False, label="Question", widget=forms.Textarea(attrs={"rows": 2})
    )

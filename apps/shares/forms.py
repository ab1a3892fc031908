"""What sharing asks for."""

from django import forms


class ShareForm(forms.Form):
    title = forms.CharField(max_length=200, label="Title")
    question = forms.CharField(
        max_length=2000, required=False, label="Question", widget=forms.Textarea(attrs={"rows": 2})
    )
    days = forms.TypedChoiceField(
        choices=[(7, "7 days"), (30, "30 days"), (90, "90 days")], coerce=int, label="The link expires after"
    )
    frozen = forms.TypedChoiceField(
        choices=[
            ("", "Live: the runs as they are whenever somebody looks, with new points and new names"),
            ("frozen", "Frozen: what the comparison shows now, even when runs go on, are renamed or deleted"),
        ],
        coerce=bool,
        empty_value=False,
        required=False,
        label="What the page shows",
        widget=forms.RadioSelect,
    )

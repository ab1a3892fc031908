"""Forms of people and projects."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from apps.accounts.models import Project


class SignInForm(AuthenticationForm):
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "This user name and this password do not belong together. Both tell capitals from small letters.",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"


class ProjectForm(forms.ModelForm):
    class Meta:
        model = Project
        fields = ["name", "description"]
        labels = {"description": "What is the question?"}
        help_texts = {"description": "Optional: a sentence or two for those who join later."}
        widgets = {
            "name": forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
            "description": forms.Textarea(attrs={"rows": 3}),
        }

"""Forms of people and projects."""

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.utils.crypto import constant_time_compare

from apps.accounts import signing
from apps.accounts.models import Project, Role, Scope

ROLES = (
    (Role.VIEWER, "Viewer: sees all, changes nothing"),
    (Role.EDITOR, "Editor: imports, scores, trains, compares and shares"),
    (Role.OWNER, "Owner: an editor who also decides about members"),
)
NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})
THIS_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "current-password"})


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


class InviteForm(forms.Form):
    role = forms.ChoiceField(choices=ROLES, label="They join as")


class AccountForm(forms.Form):
    """A new account. Whether the name is free and the password good enough, the service says."""

    username = forms.CharField(
        max_length=150, label="User name", widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        max_length=512,
        strip=False,
        label="Password",
        widget=NEW_PASSWORD,
        help_text="At least 10 characters, and none of the common passwords.",
    )


class FirstAccountForm(AccountForm):
    """Where the installation has a set-up key, whoever makes the first account must know it."""

    key = forms.CharField(
        max_length=200,
        label="Set-up key",
        widget=THIS_PASSWORD,
        help_text="What SETUP_KEY says where this server runs.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not settings.SETUP_KEY:
            del self.fields["key"]

    def clean_key(self):
        if not constant_time_compare(self.cleaned_data["key"], settings.SETUP_KEY):
            raise forms.ValidationError("This is not the set-up key of this installation.")
        return self.cleaned_data["key"]


class ConfirmedForm(forms.Form):
    """A form that asks for the password again; wrong ones count towards the lock of the sign-in page."""

    password = forms.CharField(max_length=512, strip=False, label="Your password", widget=THIS_PASSWORD)

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self):
        typed = self.cleaned_data["password"]
        if authenticate(self.request, username=self.request.user.username, password=typed) != self.request.user:
            signing.refused(self.request, self.request.user.username)
            raise forms.ValidationError("This is not your password.")
        return typed


class PasswordForm(ConfirmedForm):
    new = forms.CharField(max_length=512, strip=False, label="New password", widget=NEW_PASSWORD)
    again = forms.CharField(max_length=512, strip=False, label="New password again", widget=NEW_PASSWORD)

    def clean_new(self):
        validate_password(self.cleaned_data["new"], self.request.user)
        return self.cleaned_data["new"]

    def clean(self):
        values = super().clean()
        if "new" in values and "again" in values and values["new"] != values["again"]:
            self.add_error("again", "The two new passwords are not the same.")
        return values


class TokenForm(ConfirmedForm):
    name = forms.CharField(
        max_length=80,
        label="Name",
        widget=forms.TextInput(attrs={"placeholder": "nightly script", "autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        choices=[(Scope.READ, "Read"), (Scope.WRITE, "Read and write: whatever your role allows")], label="It may"
    )
    days = forms.TypedChoiceField(
        choices=[(30, "30 days"), (90, "90 days"), (365, "a year")], coerce=int, initial=90, label="It expires after"
    )
    field_order = ["name", "scope", "days", "password"]

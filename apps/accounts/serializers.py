"""Projects and their members as the API shows and takes them."""

from rest_framework import serializers

from apps.accounts.members import INVITATION_DAYS
from apps.accounts.models import Invitation, Membership, Project, Role


class ProjectSummary(serializers.ModelSerializer):
    class Meta:
        model = Project
        fields = ["id", "name", "description", "is_demo", "created_at"]


class NewProject(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True)


class Member(serializers.ModelSerializer):
    username = serializers.CharField(source="user.username")

    class Meta:
        model = Membership
        fields = ["id", "username", "role", "created_at"]


class NewRole(serializers.Serializer):
    role = serializers.ChoiceField(Role.choices)


class OpenInvitation(serializers.ModelSerializer):
    class Meta:
        model = Invitation
        fields = ["id", "role", "created_at", "expires_at"]


class NewInvitation(serializers.Serializer):
    role = serializers.ChoiceField(Role.choices, default=Role.VIEWER)
    days = serializers.IntegerField(default=INVITATION_DAYS, help_text="until it expires, 1 to 30")


class MadeInvitation(OpenInvitation):
    url = serializers.CharField(help_text="shown this once")

    class Meta(OpenInvitation.Meta):
        fields = [*OpenInvitation.Meta.fields, "url"]

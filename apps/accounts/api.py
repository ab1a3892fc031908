"""Projects, their members and invitations over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from apps.accounts import members, selectors, serializers, services
from apps.accounts.models import Invitation, Membership, Project
from apps.common.endpoints import ProjectRows, door, read
from apps.common.roles import require_owner


class ProjectList(ListAPIView):
    """Projects that you are a member of."""

    serializer_class = serializers.ProjectSummary

    def get_queryset(self):
        return Project.objects.visible_to(self.request.user).order_by("-created_at")

    @extend_schema(
        operation_id="projects_create", request=serializers.NewProject, responses={201: serializers.ProjectSummary}
    )
    def post(self, request):
        """A new project, which you own."""
        made = services.create_project(by=request.user, **read(serializers.NewProject, request))
        return Response(serializers.ProjectSummary(made).data, status=201)


@extend_schema(operation_id="projects_read", responses=serializers.ProjectSummary)
@api_view(["GET"])
def project(request, pk):
    """One project."""
    return Response(serializers.ProjectSummary(door(request, Project.objects, pk)).data)


class MemberList(ProjectRows):
    """Who belongs to a project, and as what."""

    serializer_class = serializers.Member

    def rows(self, project):
        return selectors.members(project)


@extend_schema(
    methods=["PATCH"], operation_id="members_change", request=serializers.NewRole, responses=serializers.Member
)
@extend_schema(methods=["DELETE"], operation_id="members_remove", responses={204: None})
@api_view(["PATCH", "DELETE"])
def member(request, pk):
    """Owners give a member another role, or remove one. A project keeps at least one owner."""
    row = door(request, Membership.objects.select_related("project", "user"), pk, owners=True)
    if request.method == "DELETE":
        members.remove_member(membership=row, by=request.user)
        return Response(status=204)
    row = members.change_role(membership=row, by=request.user, **read(serializers.NewRole, request))
    return Response(serializers.Member(row).data)


class InvitationList(ProjectRows):
    """Open invitations of a project, for its owners alone. Their secrets are not among them."""

    serializer_class = serializers.OpenInvitation
    owners = True

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        require_owner(request.user, self.project)

    def rows(self, project):
        return members.open_invitations().filter(project=project)

    @extend_schema(
        operation_id="projects_invitations_create",
        request=serializers.NewInvitation,
        responses={201: serializers.MadeInvitation},
    )
    def post(self, request, pk):
        """A link with which one person joins. Its address is in this answer alone."""
        invitation, url = members.invite(project=self.project, by=request.user, **self.asked(serializers.NewInvitation))
        return self.made(invitation, url=url)


@extend_schema(operation_id="invitations_revoke", responses={204: None})
@api_view(["DELETE"])
def invitation(request, pk):
    """Withdraw an invitation that nobody has used yet."""
    row = door(request, Invitation.objects.select_related("project"), pk, owners=True)
    members.revoke_invitation(invitation=row, by=request.user)
    return Response(status=204)

"""Pages of projects and of their members."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import members, selectors, services
from apps.accounts.forms import InviteForm, ProjectForm
from apps.accounts.models import Invitation, Membership, Project
from apps.common import confirm
from apps.common.htmx import answer, signed_in
from apps.common.roles import EDITORS, require_owner
from gradatim.errors import UserError


@require_GET
@signed_in
def project(request, pk):
    """A project's first page; its live part asks for itself while anything runs or waits."""
    found = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    people = list(selectors.members(found))
    context = {
        "project": found,
        "now": selectors.now(found),
        "comparisons": selectors.comparisons(found),
        "members": people,
        "may_edit": any(row.user_id == request.user.pk and row.role in EDITORS for row in people),
        **selectors.contents(found),
    }
    return answer(request, "accounts/project.html", context, partial="live")


@require_http_methods(["GET", "POST"])
@signed_in
def new_project(request):
    """A project of one's own; with ``?then=dataset`` it leads on to its first dataset."""
    form = ProjectForm(request.POST or None)
    dataset = request.GET.get("then") == "dataset"
    if request.method == "POST" and form.is_valid():
        made = services.create_project(by=request.user, **form.cleaned_data)
        return redirect("datasets:register" if dataset else "accounts:project", made.pk)
    return render(request, "accounts/new.html", {"form": form, "dataset": dataset})


@require_GET
@signed_in
def member_list(request, pk):
    """Who belongs to the project. Owners change roles, remove and invite here; anybody can leave."""
    found = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    return render(request, "accounts/members.html", selectors.members_page(found, request.user))


@require_POST
@signed_in
def change_role(request, pk):
    membership = _membership(request, pk)
    require_owner(request.user, membership.project)
    try:
        members.change_role(membership=membership, role=request.POST.get("role", ""), by=request.user)
    except UserError as error:
        return _refused(request, membership, error)
    messages.success(request, f"{membership.user.username} is {membership.get_role_display().lower()} now.")
    return redirect("accounts:members", membership.project_id)


@require_POST
@signed_in
def remove_member(request, pk):
    """An owner removes somebody, or somebody leaves."""
    membership = _membership(request, pk)
    if own := membership.user_id == request.user.pk:
        leads_to, said = redirect("home"), f"You have left {membership.project.name}."
    else:
        require_owner(request.user, membership.project)
        leads_to, said = redirect("accounts:members", membership.project_id), f"{membership.user.username} is removed."
    try:
        members.remove_member(membership=membership, by=request.user)
    except UserError as error:
        return _refused(request, membership, error)
    messages.info(request, said) if own else messages.success(request, said)
    return leads_to


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def invite(request, pk):
    """A link for one person, shown this once; whoever comes back to the address finds the members."""
    found = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        return redirect("accounts:members", found.pk)
    require_owner(request.user, found)
    form = InviteForm(request.POST)
    url = members.invite(project=found, by=request.user, **form.cleaned_data)[1] if form.is_valid() else ""
    context = {**selectors.members_page(found, request.user), "form": form, "invitation_url": url}
    return render(request, "accounts/members.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def revoke_invitation(request, pk):
    """First a page that says what stops working; posting it is meant."""
    rows = Invitation.objects.visible_to(request.user).select_related("project", "created_by")
    found = get_object_or_404(rows, pk=pk)
    require_owner(request.user, found.project)
    if request.method == "GET":
        return confirm.ask(request, **selectors.withdrawing(found))
    members.revoke_invitation(invitation=found, by=request.user)
    messages.success(request, "The invitation is withdrawn: its link opens nothing any more.")
    return redirect("accounts:members", found.project_id)


def _membership(request, pk) -> Membership:
    return get_object_or_404(Membership.objects.visible_to(request.user).select_related("project", "user"), pk=pk)


def _refused(request, membership, error):
    """The members' page with the sentence at the member whom it is about."""
    context = selectors.members_page(membership.project, request.user)
    return render(request, "accounts/members.html", {**context, "refused": membership.pk, "problem": error.sentence})

"""Pages of jobs."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import Project
from apps.common.htmx import answer, piece, signed_in, wants_partial
from apps.common.roles import may_edit, require_editor
from apps.jobs import notices, pages, retries, selectors, services
from apps.jobs.models import Job, Status
from apps.jobs.targets import target
from gradatim.errors import UserError


@require_GET
@signed_in
def job_list(request, pk):
    """All jobs of a project, what runs first, then the queue in its order, then what is over, newest first."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    status = request.GET.get("status", "")
    rows = pages.jobs_of(project, status if status in Status.values else "")
    page = Paginator(rows, pages.PAGE).get_page(request.GET.get("page"))
    context = {"project": project, "page": page, "status": status, "counts": pages.counts(project)}
    context |= {
        "statuses": Status,
        "places": selectors.places(page.object_list),
        "poll": pages.poll_of(page.object_list),
    }
    return answer(request, "jobs/list.html", context, partial="rows")


@require_GET
@signed_in
def detail(request, pk):
    """A job; its state asks for itself until it is over, its log by the number of the last line."""
    job = _job(request, pk)
    notices.see(job=job, user=request.user)
    context = {"project": job.project, "job": job, "may_edit": may_edit(request.user, job.project), **pages.state(job)}
    if not wants_partial(request):
        context["lines"] = pages.last_lines(job)
        context["after"] = context["lines"][-1].id if context["lines"] else 0
    return answer(request, "jobs/detail.html", context, partial="state")


@require_GET
@signed_in
def log(request, pk):
    """The lines after ``?after=``, and the place where the next ones will stand."""
    job = _job(request, pk)
    after = request.GET.get("after", "0")
    lines = selectors.log_lines(job, after=int(after) if after.isdecimal() else 0)
    context = {"job": job, "lines": lines, "after": lines[-1].id if lines else after, "poll": pages.poll_of([job])}
    return piece(request, "jobs/lines.html", context)


@require_GET
@signed_in
def log_file(request, pk):
    job = _job(request, pk)
    headers = {"Content-Disposition": f'attachment; filename="job-{str(job.pk)[:8]}.log"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(pages.log_text(job), content_type="text/plain; charset=utf-8", headers=headers)


@require_POST
@signed_in
def cancel(request, pk):
    job = _job(request, pk)
    require_editor(request.user, job.project)
    if services.request_cancel(job=job, by=request.user).status == Status.RUNNING:
        messages.info(request, "The worker was asked to stop. What can be resumed is saved first.")
    made = target(job) if request.POST.get("back") == "result" else None
    return redirect(made["url"]) if made else redirect("jobs:detail", job.pk)


@require_POST
@signed_in
def retry(request, pk):
    job = _job(request, pk)
    require_editor(request.user, job.project)
    try:
        again = retries.retry(job=job, by=request.user)
        messages.success(request, "It is queued again.")
        return redirect("jobs:detail", again.pk)
    except UserError as error:
        messages.error(request, error.sentence)
    return redirect("jobs:detail", job.pk)


@require_POST
@signed_in
def priority(request, pk):
    job = _job(request, pk)
    require_editor(request.user, job.project)
    asked = request.POST.get("priority", "")
    try:
        made = services.set_priority(job=job, priority=int(asked) if asked.isdecimal() else -1)
        messages.success(request, f"It waits with {made.get_priority_display().lower()} priority now.")
    except UserError as error:
        messages.error(request, error.sentence)
    return redirect("jobs:detail", job.pk)


def _job(request, pk) -> Job:
    return get_object_or_404(
        Job.objects.visible_to(request.user).select_related("project", "created_by", "retry_of"), pk=pk
    )

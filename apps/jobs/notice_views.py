"""The page of notices, the bell at the head of every page, and the way from a notice to what ended."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_datetime
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET, require_POST

from apps.common.htmx import answer, piece, signed_in
from apps.common.paging import page_of
from apps.jobs import notices
from apps.jobs.targets import target


def bell(request) -> dict:
    """For every template: how many notices are new. Counted where it is shown, so that a live piece costs nothing."""
    user = getattr(request, "user", None)
    return {
        "news": SimpleLazyObject(lambda: notices.count(user) if user else 0),
        "poll_notices": settings.POLL_NOTICES,
    }


@require_GET
@signed_in
def listing(request):
    """What one asked for and is over, the latest end first."""
    page = page_of(request, notices.of(request.user))
    newest = page.object_list[0].finished_at.isoformat() if page.number == 1 and page.object_list else ""
    return answer(request, "jobs/notices.html", {"page": page, "newest": newest}, partial="rows")


@require_GET
@signed_in
def count(request):
    """The bell alone."""
    return piece(request, "jobs/bell.html", {})


@require_GET
@signed_in
def follow(request, pk):
    """From a notice to the page of what was made, or to the job where nothing was."""
    job = get_object_or_404(notices.of(request.user), pk=pk)
    notices.see(job=job, user=request.user)
    made = target(job)
    return redirect(made["url"]) if made else redirect("jobs:detail", job.pk)


@require_POST
@signed_in
def see_all(request):
    """Mark as read what the page had shown, and all that ended before."""
    seen = notices.see_all(user=request.user, until=_moment(request.POST.get("until", "")))
    messages.success(request, f"{seen} notice{'' if seen == 1 else 's'} marked as read.")
    return redirect("jobs:notices")


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None

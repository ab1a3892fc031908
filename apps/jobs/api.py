"""Jobs over the API."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.common.endpoints import ProjectRows, door, read
from apps.jobs import pages, retries, selectors, serializers, services
from apps.jobs.models import Job, Status
from gradatim.errors import UserError


class JobList(ProjectRows):
    """A project's jobs: what runs, then the queue in its order, then what is over, newest first."""

    serializer_class = serializers.JobSummary

    @extend_schema(parameters=[OpenApiParameter("status", str, enum=Status.values)])
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def rows(self, project):
        status = self.request.query_params.get("status", "") if self.request else ""
        if status and status not in Status.values:
            raise UserError(f"A status is one of {', '.join(Status.values)}.", field="status")
        return pages.jobs_of(project, status)


@extend_schema(operation_id="jobs_read", responses=serializers.JobDetail)
@api_view(["GET"])
def job(request, pk):
    """One job with its attempts."""
    return Response(serializers.JobDetail(door(request, Job.objects.prefetch_related("attempts"), pk)).data)


@extend_schema(
    operation_id="jobs_log",
    parameters=[OpenApiParameter("after", int, default=0, description="the number of the last line that you have")],
    responses=serializers.JobLog,
)
@api_view(["GET"])
def log(request, pk):
    """What the work said, at most a thousand lines at once."""
    found = door(request, Job.objects, pk)
    after = request.query_params.get("after") or "0"
    if not after.isdecimal() or len(after) > 18:
        raise UserError("after is the number of a line.", field="after")
    lines = selectors.log_lines(found, after=int(after))
    return Response(serializers.JobLog({"lines": lines, "after": lines[-1].id if lines else int(after)}).data)


@extend_schema(operation_id="jobs_cancel", request=None, responses=serializers.JobDetail)
@api_view(["POST"])
def cancel(request, pk):
    """Cancel a queued job at once, ask a running one to stop; what is over stays as it is."""
    found = door(request, Job.objects.select_related("project"), pk)
    services.request_cancel(job=found, by=request.user)
    return Response(serializers.JobDetail(Job.objects.prefetch_related("attempts").get(pk=found.pk)).data)


@extend_schema(operation_id="jobs_retry", request=None, responses={201: serializers.JobDetail})
@api_view(["POST"])
def retry(request, pk):
    """Queue the work of a job that failed or was cancelled once more, as a new job. Runs are resumed at their own address."""
    found = door(request, Job.objects.select_related("project"), pk)
    again = retries.retry(job=found, by=request.user)
    return Response(serializers.JobDetail(again).data, status=201)


@extend_schema(operation_id="jobs_priority", request=serializers.JobPriority, responses=serializers.JobDetail)
@api_view(["POST"])
def priority(request, pk):
    """Move a queued job to another priority: 0 high, 1 normal, 2 low."""
    found = door(request, Job.objects.select_related("project"), pk)
    services.set_priority(job=found, **read(serializers.JobPriority, request))
    return Response(serializers.JobDetail(Job.objects.prefetch_related("attempts").get(pk=found.pk)).data)

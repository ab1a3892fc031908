"""Projects and jobs over the API."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.jobs.models import Attempt, Job


class ProjectSummary(serializers.ModelSerializer):
    class Meta:
        model = Project
        fields = ["id", "name", "description", "is_demo", "created_at"]


class AttemptRow(serializers.ModelSerializer):
    class Meta:
        model = Attempt
        fields = ["number", "outcome", "reason", "heartbeat_at", "finished_at"]


class JobDetail(serializers.ModelSerializer):
    attempts = AttemptRow(many=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "project",
            "kind",
            "title",
            "queue",
            "priority",
            "status",
            "cancel_requested",
            "phase",
            "done",
            "total",
            "unit",
            "rate",
            "reason",
            "reference",
            "attempts",
            "created_at",
            "started_at",
            "finished_at",
        ]


class ProjectList(ListAPIView):
    """Projects that you are a member of."""

    serializer_class = ProjectSummary

    def get_queryset(self):
        return Project.objects.visible_to(self.request.user).order_by("-created_at")


@extend_schema(operation_id="projects_read", responses=ProjectSummary)
@api_view(["GET"])
def project(request, pk):
    """One project."""
    return Response(ProjectSummary(get_object_or_404(Project.objects.visible_to(request.user), pk=pk)).data)


@extend_schema(operation_id="jobs_read", responses=JobDetail)
@api_view(["GET"])
def job(request, pk):
    """One job with its attempts."""
    jobs = Job.objects.visible_to(request.user).prefetch_related("attempts")
    return Response(JobDetail(get_object_or_404(jobs, pk=pk)).data)

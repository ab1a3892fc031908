"""Notices over the API: one's own, as on the page."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from apps.common.endpoints import read
from apps.jobs import notices, serializers
from apps.jobs.models import Job


class NoticeList(ListAPIView):
    """Jobs that you asked for and that are over, the latest end first; ``seen_at`` is null while they are new to you."""

    serializer_class = serializers.Notice

    @extend_schema(
        parameters=[OpenApiParameter("new", bool, description="only those that you have not taken notice of")]
    )
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        only_new = self.request.query_params.get("new", "").lower() in ("1", "true")
        return (notices.new if only_new else notices.of)(self.request.user)


@extend_schema(operation_id="notices_read", request=serializers.ReadNotices, responses=serializers.NoticesRead)
@api_view(["POST"])
def mark_read(request):
    """Mark as read all that ended, or what ended up to a moment."""
    marked = notices.see_all(user=request.user, **read(serializers.ReadNotices, request))
    return Response(serializers.NoticesRead({"marked": marked}).data)

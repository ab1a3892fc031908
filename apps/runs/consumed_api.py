"""What a run consumed, over the API."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.runs import certificates, consumed, selectors
from gradatim.errors import UserError


class SampleScore(serializers.Serializer):
    score_set = serializers.UUIDField()
    name = serializers.CharField()
    score = serializers.FloatField()
    own = serializers.BooleanField(help_text="whether the stream is selected or ordered by it")


class TakenSample(serializers.Serializer):
    place = serializers.IntegerField(help_text="from 1, in the order of consumption")
    stream = serializers.CharField()
    version = serializers.UUIDField(source="version.pk", help_text="the dataset version")
    position = serializers.IntegerField(source="row.position", help_text="the sample's place in the dataset version")
    id = serializers.CharField(source="row.id")
    domain = serializers.CharField(source="row.domain")
    text = serializers.CharField(source="row.text", help_text="cut to what a list shows")
    epoch = serializers.IntegerField(help_text="the stream's pass over its samples, from 1")
    tokens = serializers.IntegerField(help_text="in this step")
    skipped = serializers.IntegerField(help_text="tokens of the sample that earlier steps took")
    length = serializers.IntegerField(help_text="tokens of the whole sample")
    scores = serializers.SerializerMethodField()

    def get_scores(self, taken) -> SampleScore(many=True):
        return [{"score_set": row.pk, "name": row.name, "score": s, "own": own} for row, s, own in taken.scores]


class ConsumedStep(serializers.Serializer):
    """The samples of one update of a run, fifty a page."""

    step = serializers.IntegerField(source="number")
    steps = serializers.IntegerField(help_text="of the whole run")
    phase = serializers.CharField()
    tokens_before = serializers.IntegerField(source="before")
    loss = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True, help_text="of the loss, against the step before")
    certified = serializers.BooleanField(
        allow_null=True, help_text="whether the certificate has exactly these samples; null: there is none yet"
    )
    total = serializers.IntegerField(source="samples")
    page = serializers.IntegerField(source="page.number")
    pages = serializers.IntegerField(source="page.paginator.num_pages")
    samples = TakenSample(many=True, source="taken")


class CertificateDocument(serializers.Serializer):
    """The certificate of a run: a hash an update, each chained to the one before."""

    run = serializers.CharField(help_text="digest of the run's document")
    plan = serializers.CharField(allow_null=True, help_text="digest of the plan")
    matches = serializers.BooleanField()
    first_difference = serializers.IntegerField(allow_null=True, help_text="the first update, from 1, that differs")
    updates = serializers.IntegerField(allow_null=True)
    digest = serializers.CharField(allow_blank=True, help_text="the last hash, which stands for the chain")
    steps = serializers.ListField(child=serializers.CharField())


@extend_schema(operation_id="runs_step", parameters=[OpenApiParameter("page", int, default=1)], responses=ConsumedStep)
@api_view(["GET"])
def step(request, pk, step):
    """The samples of an update in the order in which they were consumed, with their scores and the loss of the update."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    packing = consumed.packing_of(run)
    if not 1 <= step <= packing.steps:
        raise UserError(f"The steps of this run are 1 to {packing.steps:,}.", field="step")
    return Response(ConsumedStep(consumed.step_of(run, packing, step, request.query_params.get("page", 1))).data)


@extend_schema(operation_id="runs_certificate", responses=CertificateDocument)
@api_view(["GET"])
def certificate(request, pk):
    """What a run consumed, as hashes, and whether that is what its plan demanded."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    if not run.certificate:
        raise Http404
    return Response(CertificateDocument(certificates.document_of(run)).data)

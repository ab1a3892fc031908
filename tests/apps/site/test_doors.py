"""Every address refuses a stranger, and sends the signed-out to the sign-in page."""

import re
import uuid

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

from apps.accounts.models import ApiToken, Invitation, Membership, Project
from apps.comparisons.models import Comparison
from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from apps.datasets.models import Dataset, DatasetExport, DatasetVersion, SourceFile, Tokenizer
from apps.evaluations.models import Evaluation, Suite
from apps.jobs.models import Job
from apps.runs.models import Run, SavedView
from apps.scores.models import ScoreSet
from apps.shares.models import ShareLink
from apps.studies.models import Study
from apps.webhooks.models import Delivery, Webhook

pytestmark = pytest.mark.django_db

#: Whose key an address has, by what stands before it.
KINDS = {
    "projects": Project,
    "members": Membership,
    "invitations": Invitation,
    "account/tokens": ApiToken,
    "jobs": Job,
    "notices": Job,
    "webhooks": Webhook,
    "deliveries": Delivery,
    "uploads": SourceFile,
    "files": SourceFile,
    "datasets": Dataset,
    "datasets/versions": DatasetVersion,
    "versions": DatasetVersion,
    "datasets/exports": DatasetExport,
    "exports": DatasetExport,
    "tokenizers": Tokenizer,
    "scores": ScoreSet,
    "scores/agreement": DatasetVersion,
    "curricula": Curriculum,
    "curricula/versions": CurriculumVersion,
    "curriculum-versions": CurriculumVersion,
    "curricula/plans": Plan,
    "plans": Plan,
    "runs": Run,
    "runs/views": SavedView,
    "suites": Suite,
    "evaluations": Evaluation,
    "comparisons": Comparison,
    "studies": Study,
    "shares": ShareLink,
    "shared": ShareLink,
    "trash/dataset": Dataset,
    "trash/tokenizer": Tokenizer,
    "trash/score-set": ScoreSet,
    "trash/curriculum": Curriculum,
    "trash/run": Run,
    "trash/suite": Suite,
    "trash/comparison": Comparison,
}
CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")
#: What anybody may open, and what any signed-in person may: neither names an object.
PUBLIC = {"", "healthz", "readyz", "robots.txt", "accounts/login/"}
#: Ways in for those who have no account yet; tests/apps/accounts/test_ways_in.py is about them.
WAYS_IN = {"setup/", "accounts/sign-up/", "join/", "join/<str:token>"}

#: POSTs that only read: trying a tokenizer on a text.
READS = {"tokenizers/<uuid:pk>/"}
#: A person's own marks, which a viewer has, too.
OWN = {"runs/<uuid:pk>/star/", "api/v1/runs/<uuid:pk>/star/"}


def routes(patterns=None, prefix=""):
    """Every route of the address book, as text: ``projects/<uuid:pk>/``."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def kind(route: str) -> type:
    """What the key in a route is a key of; a new kind of address has to be told here."""
    return KINDS[re.split("[<{]", route)[0].removeprefix("api/v1/").rstrip("/")]


def addresses(route: str, keys: dict[type, list[uuid.UUID]]):
    """The route filled with each key of its kind; other converters get something that exists somewhere."""
    for key in keys.get(kind(route), []) if "<uuid:" in route else [""]:
        values = {"uuid": str(key), "int": "0", "str": "config.json"}
        yield "/" + CONVERTER.sub(lambda found, values=values: values.get(found[1], "training-loss"), route)


def of_objects() -> list[str]:
    return [route for route in routes() if "<uuid:" in route]


def first_of_each() -> dict[type, list[uuid.UUID]]:
    return {model: list(model.objects.values_list("pk", flat=True)[:1]) for model in set(KINDS.values())}


def test_a_stranger_gets_404_at_every_address_of_an_object(everything, charlie, signed_in):
    client = signed_in(charlie)
    keys = first_of_each()
    assert all(keys.values()), "a row of every kind"
    assert len(of_objects()) >= 150
    for route in of_objects():
        for address in addresses(route, keys):
            for answer in (client.get(address), client.post(address)):
                assert answer.status_code in (404, 405), f"{address} answered {answer.status_code}"


def test_every_address_of_an_object_is_the_door_to_something_for_a_member(everything, alice, signed_in):
    """Else the test above would pass with addresses that lead nowhere."""
    client = signed_in(alice)
    keys = first_of_each()
    shut = [
        route
        for route in of_objects()
        if not any(client.get(address).status_code in (200, 302, 400, 405) for address in addresses(route, keys))
    ]
    assert [route for route in shut if "share" not in route] == []


def test_a_viewer_reads_and_changes_nothing(everything, alice, vera, signed_in):
    """Every address that takes a POST refuses a viewer in words; leaving the project is all that they can do."""
    client = signed_in(vera)
    keys = first_of_each() | {Membership: [alice.memberships.get().pk]}
    jobs = everything.project.jobs.count()
    for route in of_objects():
        for address in addresses(route, keys):
            for method in ("post", "put", "patch", "delete"):
                answer = getattr(client, method)(address)
                refused = answer.status_code in (403, 404, 405)
                assert refused or route in READS | OWN, f"{method} {address} answered {answer.status_code}"
    assert everything.project.jobs.count() == jobs
    assert vera.memberships.get().role == "viewer"


def test_the_signed_out_get_no_further_than_the_sign_in_page(everything, client):
    keys = first_of_each()
    for route in routes():
        if route in PUBLIC | WAYS_IN:
            continue
        for address in addresses(route, keys):
            answer = client.get(address)
            sent_away = answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/")
            refused = answer.status_code in (401, 403, 404, 405)
            assert sent_away or refused or "/api/" in address and "schema" in address, (
                f"{address}: {answer.status_code}"
            )


def test_a_live_piece_takes_its_whole_page_to_the_sign_in_page(study, client, htmx):
    answer = client.get(f"/jobs/{study.base.job_id}/", headers={**htmx, "HX-Current-URL": "http://testserver/jobs/x/"})
    assert answer.headers["HX-Redirect"].startswith("/accounts/login/?next=/jobs/x/")


def test_a_key_that_nobody_has_is_404_for_members_too(signed_in, alice):
    for route in of_objects():
        for address in addresses(route, {kind(route): [uuid.uuid4()]}):
            assert signed_in(alice).get(address).status_code in (404, 405), address

"""Suites: made from a file, read page by page, and refused in words."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.evaluations import services
from apps.evaluations.models import Suite
from apps.trash import services as trash
from apps.trash.kinds import KINDS
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db


def file(*records, name="questions.jsonl"):
    return SimpleUploadedFile(name, "\n".join(map(json.dumps, records)).encode())


GOOD = {"question": "Which?", "choices": ["this", "that"], "answer": 1}


def test_a_suite_is_made_on_its_page_and_shows_its_questions_escaped(project, alice, signed_in):
    client = signed_in(alice)
    address = reverse("evaluations:new", args=[project.pk])
    assert "Make the suite" in client.get(address).content.decode()
    asked = {
        "name": "which",
        "params-method": "multiple_choice",
        "params-template": "{question} ->",
        "params-domain": "",
    }
    hostile = GOOD | {"question": factories.HOSTILE}
    answer = client.post(address, asked | {"file": file(GOOD, hostile)}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("evaluations:detail", args=[Suite.objects.get().pk])
    assert "Which? -&gt;" in page
    assert "<script>alert" not in page
    assert "50.0 %" in page
    listed = client.get(reverse("evaluations:list", args=[project.pk])).content.decode()
    assert "which" in listed


def test_the_fields_of_another_kind_come_by_htmx_alone(project, alice, signed_in, htmx):
    address = reverse("evaluations:new", args=[project.pk])
    asked = {"params-method": "exact_match", "name": "kept"}
    page = signed_in(alice).get(address, asked, headers=htmx).content.decode()
    assert "Tokens at most" in page
    assert "<html" not in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "with/slash"}, "A name has letters"),
        ({"name": "heldout"}, "choose another name"),
        ({"name": "taken"}, "has a suite taken already"),
        ({"file": file({"question": "?"})}, "line 1: choices is a list"),
        ({"file": SimpleUploadedFile("q.jsonl", b"")}, "The file is empty"),
        ({"params-template": "nothing"}, "no {question}"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(project, alice, signed_in, change, sentence):
    services.create_suite(project=project, name="taken", method="multiple_choice", file=file(GOOD), by=alice)
    asked = {"name": "new", "params-method": "multiple_choice", "params-template": "{question}", "file": file(GOOD)}
    for each in change.values():
        if hasattr(each, "seek"):
            each.seek(0)
    page = signed_in(alice).post(reverse("evaluations:new", args=[project.pk]), asked | change).content.decode()
    assert sentence in page
    assert Suite.objects.count() == 1


def test_a_long_suite_is_read_page_by_page(project, alice, signed_in):
    suite = factories.suite(project, alice, count=45)
    client = signed_in(alice)
    address = reverse("evaluations:detail", args=[suite.pk])
    assert "What is 19 and 19?" in client.get(address).content.decode()
    last = client.get(address, {"page": 3}).content.decode()
    assert "What is 44 and 44?" in last
    assert "What is 19 and 19?" not in last


def test_a_list_asks_as_often_for_many_suites_as_for_one(project, alice, signed_in, django_assert_num_queries):
    client, address = signed_in(alice), reverse("evaluations:list", args=[project.pk])
    factories.suite(project, alice, "one")
    client.get(address)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for k in range(5):
        factories.suite(project, alice, f"more-{k}")
    with django_assert_num_queries(len(one)):
        client.get(address)


def test_a_name_is_free_again_once_its_suite_lies_in_the_trash(project, alice):
    suite = factories.suite(project, alice, "mine")
    trash.put(kind=KINDS["suite"], row=suite, by=alice)
    again = factories.suite(project, alice, "mine", count=3)
    with pytest.raises(UserError, match="There is another suite"):
        trash.restore(kind=KINDS["suite"], row=suite, by=alice)
    assert trash.purge(kind=KINDS["suite"], row=suite, by=alice) > 0
    assert list(Suite.with_trash.all()) == [again]


def test_a_suite_over_the_api(project, alice, vera, signed_in):
    address = (
        f"/api/v1/projects/{project.pk}/suites/bring/?name=api&method=exact_match&params=" + '{"compare":"number"}'
    )
    body = json.dumps({"question": "How many?", "answer": "72"}).encode()
    client = signed_in(alice)
    made = client.post(address, body, content_type="application/octet-stream")
    assert made.status_code == 201, made.content
    assert made.json()["params"]["compare"] == "number"
    (listed,) = client.get(f"/api/v1/projects/{project.pk}/suites/").json()["results"]
    assert listed == made.json() == client.get(f"/api/v1/suites/{listed['id']}/").json()
    refused = client.post(address.replace("name=api", "name=x"), b"{}", content_type="application/octet-stream")
    assert refused.status_code == 400
    assert signed_in(vera).post(address, body, content_type="application/octet-stream").status_code == 403


def test_a_domain_may_be_called_as_a_method_of_python(project, alice, signed_in):
    records = [GOOD | {"kind": word} for word in ("items", "keys")]
    suite = services.create_suite(
        project=project,
        name="words",
        method="multiple_choice",
        params={"domain": "kind"},
        file=file(*records),
        by=alice,
    )
    page = signed_in(alice).get(reverse("evaluations:detail", args=[suite.pk])).content.decode()
    assert "Questions on items" in page

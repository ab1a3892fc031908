import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.site import views

pytestmark = pytest.mark.django_db


def test_the_first_page_says_what_this_is_to_whoever_comes(client):
    page = client.get("/").content.decode()
    assert "Decide what a model learns from" in page
    assert reverse("login") in page


def test_a_newcomer_is_offered_the_demo_and_a_project_of_their_own(signed_in, charlie):
    page = signed_in(charlie).get("/").content.decode()
    assert "Open the demo project" in page
    assert reverse("accounts:new") in page


def test_the_demo_button_makes_the_demo_project_and_opens_it(signed_in, charlie):
    answer = signed_in(charlie).post(reverse("demo"))
    made = charlie.projects.get(is_demo=True)
    assert answer.headers["Location"] == reverse("accounts:project", args=[made.pk])
    page = signed_in(charlie).get(answer.headers["Location"])
    assert page.status_code == 200
    assert "What did the shift to new data cost" in page.content.decode()


def test_no_page_carries_an_inline_script_or_handler(study, alice, signed_in):
    client = signed_in(alice)
    for address in ("/", f"/projects/{study.project.pk}/", f"/scores/{study.ratio.pk}/", f"/jobs/{study.base.job_id}/"):
        page = client.get(address).content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
        assert re.findall(r"<[^>]*\son\w+=", page) == []
        assert "http://" not in re.sub(r'xmlns="[^"]*"', "", page)


def test_htmx_is_told_to_evaluate_nothing(client):
    page = client.get("/").content.decode()
    config = json.loads(re.search(r"name=\"htmx-config\" content='([^']*)'", page)[1])
    assert config["allowEval"] is config["allowScriptTags"] is config["includeIndicatorStyles"] is False
    assert config["selfRequestsOnly"] is True


def test_scripts_are_allowed_from_here_alone(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split(";") if "script-src" in part)
    assert "unsafe" not in scripts
    assert "object-src 'none'" in policy


def test_what_is_not_there_is_said_in_our_own_face(signed_in, charlie):
    answer = signed_in(charlie).get("/projects/00000000-0000-4000-8000-000000000000/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_an_old_form_is_refused_in_words(charlie):
    client = Client(enforce_csrf_checks=True)
    client.force_login(charlie, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("demo"))
    assert answer.status_code == 403
    assert "This form was too old" in answer.content.decode()


def test_a_crash_is_owned_up_to_without_details(rf):
    answer = views.server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


def test_health_is_200_where_the_database_answers_and_503_where_not(client, monkeypatch):
    assert client.get("/healthz").status_code == 200

    def refuse():
        raise OSError("no database")

    monkeypatch.setattr(views.connection, "cursor", refuse)
    assert client.get("/healthz").status_code == 503


def test_robots_are_asked_to_stay_away(client):
    assert "Disallow: /" in client.get("/robots.txt").content.decode()

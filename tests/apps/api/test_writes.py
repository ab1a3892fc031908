"""What is written over the API, and what is refused at its field."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Membership, Project, Role
from apps.common import lookup
from apps.datasets import sources
from apps.datasets.models import DatasetVersion
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.runs.models import Run
from apps.scores.models import ScoreSet
from tests.apps import factories
from tests.apps.runs.builders import run_of

pytestmark = pytest.mark.django_db
LISTS = ("members", "invitations", "jobs", "datasets", "versions", "files", "tokenizers", "scores", "curricula")
LISTS += ("runs", "comparisons", "shares")


@pytest.fixture
def api(client, signed_in, alice, project):
    """``api("POST", "project-scores", body)``: the answer of an address of Alice's project (or of another row's key)."""
    signed_in(alice)

    def ask(method, name, body=None, pk=None, query=""):
        address = reverse(f"api:{name}", args=[pk or project.pk]) + query
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, method.lower())(address, **more)

    return ask


def problem(answer) -> tuple[int, str]:
    assert answer["Content-Type"].startswith("application/problem+json")
    return answer.status_code, answer.json().get("field", "")


def test_whoever_makes_a_project_over_the_api_owns_it(client, signed_in, charlie):
    made = signed_in(charlie).post("/api/v1/projects/", {"name": "Mine"}, content_type="application/json")
    assert made.status_code == 201
    assert Project.objects.get(pk=made.json()["id"]).memberships.get().role == Role.OWNER


def test_members_change_and_the_last_owner_stays(api, alice, bob):
    theirs, own = Membership.objects.get(user=bob).pk, Membership.objects.get(user=alice).pk
    assert api("PATCH", "member", {"role": "viewer"}, theirs).json()["role"] == "viewer"
    assert problem(api("PATCH", "member", {"role": "viewer"}, own)) == (400, "role")
    assert problem(api("PATCH", "member", {"role": "king"}, theirs)) == (400, "role")
    assert api("DELETE", "member", None, theirs).status_code == 204
    assert problem(api("DELETE", "member", None, own))[0] == 400
    assert [row["username"] for row in api("GET", "project-members").json()["results"]] == ["alice"]


def test_an_invitations_address_is_in_one_answer_alone(api):
    made = api("POST", "project-invitations", {"role": "viewer"}).json()
    assert "/join/" in made["url"]
    assert "url" not in api("GET", "project-invitations").json()["results"][0]
    assert api("DELETE", "invitation", None, made["id"]).status_code == 204
    assert api("GET", "project-invitations").json()["count"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "version"),
        ({"version": "00000000-0000-4000-8000-000000000000", "method": "length"}, "version"),
        ({"method": "tea_leaves"}, ""),
        ({"method": "length", "params": {"unit": "miles"}}, "params.unit"),
        ({"method": "length", "params": {"unti": "bytes"}}, "params.unti"),
        ({"method": "length", "params": "long"}, "params"),
        ({"method": "imported", "params": {"path": "/etc/passwd"}}, "params.path"),
    ],
)
def test_a_score_set_is_refused_at_its_field(api, data, body, field):
    version = {} if not body or "version" in body else {"version": str(data.code.pk)}
    before = ScoreSet.objects.count()
    status, named = problem(api("POST", "project-scores", body | version))
    assert status == 400
    assert named == field or not field
    assert ScoreSet.objects.count() == before


def test_rows_of_another_project_cannot_be_named(api, data, bob):
    other = factories.ProjectFactory(members={bob: Role.OWNER})
    elsewhere = factories.dataset(other, bob, "Elsewhere", [{"id": "1", "domain": "a", "text": "one two"}])
    assert problem(api("POST", "project-scores", {"version": str(elsewhere.pk), "method": "length"})) == (
        400,
        "version",
    )
    asked = {"name": "Mixed", "versions": [str(data.code.pk), str(elsewhere.pk)], "vocab_size": 300}
    assert problem(api("POST", "project-tokenizers", asked))[0] == 400


def test_scores_from_a_file_become_a_score_set(api, client, data, settings, tmp_path):
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    rows = [row["id"] for row in api("GET", "version-samples", None, data.code.pk).json()["samples"]]
    text = "id,score\n" + "".join(f"{name},{n}\n" for n, name in enumerate(rows))
    address = reverse("api:score-file", args=[data.project.pk])
    assert problem(client.post(f"{address}?name=scores.exe", b"x", "application/octet-stream")) == (400, "file")
    assert problem(client.post(f"{address}?name=scores.csv", b"", "application/octet-stream")) == (400, "file")
    made = client.post(f"{address}?name=scores.csv", text.encode(), "application/octet-stream")
    params = {"path": made.json()["path"], "missing": "median"}
    asked = {"version": str(data.code.pk), "method": "imported", "params": params}
    scored = api("POST", "project-scores", asked)
    assert scored.status_code == 201, scored.json()
    found = factories.done(ScoreSet.objects.get(pk=scored.json()["id"]))
    assert api("GET", "score-set", None, found.pk).json()["summary"]["coverage"] < 1


def test_a_curriculum_is_versioned_compared_and_imported_with_the_same_digest(api, data, alice):
    draft = {"tokenizer": str(data.tokenizer.pk), "phases": [factories.phase("main", {"code": data.code}, {"code": 1})]}
    first = api("POST", "project-curricula", {"name": "Code", "draft": draft}).json()
    assert len(first["digest"]) == 64
    assert problem(api("POST", "project-curricula", {"name": "Code", "draft": draft})) == (400, "name")
    draft["phases"][0]["tokens"] = 12_000
    second = api("POST", "curriculum-versions", {"draft": draft}, first["curriculum"]).json()
    assert second["number"] == 2
    diff = api("GET", "curriculum-diff", None, second["id"], f"?before={first['id']}").json()
    assert [(row["before"], row["after"]) for row in diff["changes"]] == [("24,000", "12,000")]
    assert problem(api("GET", "curriculum-diff", None, second["id"])) == (400, "before")
    document = api("GET", "curriculum-yaml", None, second["id"]).content.decode()
    again = api("POST", "project-curricula", {"name": "Brought", "document": document}).json()
    assert again["digest"] == second["digest"]
    draft["phases"][0]["tokens"] = -1
    assert problem(api("POST", "curriculum-versions", {"draft": draft}, first["curriculum"])) == (
        400,
        "phases.0.tokens",
    )
    assert problem(api("POST", "project-curricula", {"name": "Neither"})) == (400, "draft")


def test_an_import_that_failed_is_tried_again_without_its_bad_rows(api, data, alice, settings, tmp_path):
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    file = SimpleUploadedFile("more.jsonl", b'{"text": "one more"}\n{"text": 7}\n')
    file = sources.upload_whole(project=data.project, upload=file, by=alice)
    asked = {"name": "More", "file": str(file.pk), "mapping": {"text": "text"}}
    assert problem(api("POST", "project-versions", asked | {"mapping": {"txt": "text"}})) == (400, "mapping.txt")
    made = api("POST", "project-versions", asked).json()
    assert problem(api("POST", "import-again", {}, made["id"]))[0] == 400, "it is under way"
    factories.end(Job.objects.get(pk=made["job"]["id"]), lines=[], outcome="failed", reason="A row is bad.")
    assert api("POST", "import-again", {"on_bad": "skip"}, made["id"]).json()["job"]["status"] == "queued"
    factories.done(DatasetVersion.objects.get(pk=made["id"]))
    assert api("GET", "version", None, made["id"]).json()["rows"] == 1


def test_methods_tell_their_parameters(client, signed_in, vera):
    found = {row["name"]: row for row in signed_in(vera).get("/api/v1/methods/orderings/").json()}
    assert "sections" in found["saw"]["parameters"]["properties"]
    assert client.get("/api/v1/methods/tasks/").status_code == 404


def test_a_plan_is_made_once_a_seed(api, data, alice):
    version = factories.mixed_curriculum(data, alice)
    first, again = (api("POST", "plans", {"seed": 3}, version.pk).json() for _ in range(2))
    assert first["id"] == again["id"]
    assert first["job"]["status"] == "queued"
    factories.done(version.plans.get())
    assert api("GET", "plan", None, first["id"]).json()["samples"] > 0


def test_runs_are_queued_described_and_cancelled(api, data, alice):
    version = factories.mixed_curriculum(data, alice)
    recipe = {"model": {"preset": "llama-1m"}, "schedules": [{"peak": 3e-3}]}
    asked = {"name": "Both", "version": str(version.pk), "recipe": recipe, "seeds": [0, 1]}
    made = api("POST", "project-runs", asked).json()
    assert [row["name"] for row in made] == ["Both, seed 0", "Both, seed 1"]
    said = api("PATCH", "run", {"notes": "Look here.", "tags": ["a", " a "]}, made[0]["id"]).json()
    assert (said["notes"], said["tags"]) == ("Look here.", ["a"])
    assert api("POST", "job-cancel", None, made[0]["job"]["id"]).json()["status"] == "cancelled"
    assert api("POST", "run-resume", None, made[0]["id"]).json()["job"]["status"] == "queued"
    assert problem(api("POST", "run-resume", None, made[1]["id"]))[0] == 400
    recipe["model"]["preset"] = "llama-900b"
    assert problem(api("POST", "project-runs", asked | {"recipe": recipe})) == (400, "recipe.model.preset")
    assert Run.objects.count() == 2


def test_comparisons_and_shares_hold_runs_of_their_project_alone(api, alice, project, bob):
    ours = [str(run_of(project, alice, name).pk) for name in ("One", "Two")]
    other = factories.ProjectFactory(members={alice: Role.OWNER})
    theirs = str(run_of(other, alice, "Three").pk)
    kept = api("POST", "project-comparisons", {"name": "Both", "runs": ours, "axis": "steps"}).json()
    assert (kept["runs"], kept["view"]) == (ours, {"axis": "steps"})
    made = api("POST", "project-shares", {"title": "Both", "runs": ours, "days": 7}).json()
    assert "/s/" in made["url"]
    assert api("DELETE", "share", None, made["id"]).status_code == 204
    listed = api("GET", "project-shares").json()["results"]
    assert [(row["state"], "url" in row) for row in listed] == [("revoked", False)]
    for name, body in (("project-comparisons", {"name": "X"}), ("project-shares", {"title": "X"})):
        assert problem(api("POST", name, body | {"runs": [*ours, theirs]}))[0] == 400
    assert problem(api("POST", "project-shares", {"title": "X", "runs": ours, "days": 999})) == (400, "days")


def test_samples_leave_by_an_export(api, client, data):
    assert problem(api("POST", "exports", {"pick": "highest"}, data.code.pk)) == (400, "scores")
    asked = {"format": "jsonl", "scores": str(data.length.pk), "pick": "highest", "count": 3}
    made = api("POST", "exports", asked, data.code.pk).json()
    assert made["download"] == ""
    factories.done(data.code.exports.get())
    address = api("GET", "export", None, made["id"]).json()["download"]
    lines = b"".join(client.get(address).streaming_content).splitlines()
    assert len(lines) == 3


def test_a_tokenizer_is_brought_and_a_wrong_file_refused(api, client, data, settings, tmp_path):
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    file = (lookup.folder(data.tokenizer.artifact) / "tokenizer.json").read_bytes()
    address = reverse("api:tokenizer-bring", args=[data.project.pk])
    made = client.post(f"{address}?name=Brought", file, "application/octet-stream")
    assert made.status_code == 201, made.json()
    assert made.json()["vocab_size"] == data.tokenizer.vocab_size
    assert problem(client.post(f"{address}?name=Other", b"{}", "application/octet-stream"))[0] == 400
    assert problem(client.post(f"{address}?name=Brought", file, "application/octet-stream")) == (400, "name")
    broken = {"file": SimpleUploadedFile("t.json", file), "template": SimpleUploadedFile("t.jinja", b"{% for %}")}
    assert problem(client.post(f"{address}?name=Chatty", broken)) == (400, "template")
    assert problem(client.post(f"{address}?name=Chatty", {"template": "x"})) == (400, "file")


def test_a_pinned_or_needed_checkpoint_is_not_deleted(api, study):
    arm, base = study.arms[0], study.base
    assert problem(api("DELETE", "checkpoint", None, base.pk))[0] == 400
    assert "the run Code alone" in api("GET", "checkpoint", None, base.pk).json()["needed_by"]
    assert api("PUT", "checkpoint", {"pinned": True}, arm.pk).json()["pinned"] is True
    assert problem(api("DELETE", "checkpoint", None, arm.pk))[0] == 400
    api("PUT", "checkpoint", {"pinned": False}, arm.pk)
    assert api("DELETE", "checkpoint", None, arm.pk).status_code == 204
    assert api("GET", "checkpoint", None, arm.pk).json()["deleted_at"] is not None


def test_a_log_is_read_from_where_one_stopped(api, project, alice):
    job = jobs.enqueue(project=project, kind="plan", title="Plan", queue="cpu", by=alice)
    factories.end(job, lines=["one", "two"])
    first = api("GET", "job-log", None, job.pk).json()
    assert [line["text"] for line in first["lines"]] == ["one", "two"]
    assert api("GET", "job-log", None, job.pk, f"?after={first['after']}").json() == {
        "lines": [],
        "after": first["after"],
    }
    assert problem(api("GET", "job-log", None, job.pk, "?after=x")) == (400, "after")


def test_a_body_that_is_no_json_is_a_problem_too(client, signed_in, alice, project):
    address = reverse("api:project-curricula", args=[project.pk])
    assert problem(signed_in(alice).post(address, "{", content_type="application/json"))[0] == 400


def test_lists_cost_the_same_number_of_queries_however_long_they_are(api, everything, alice):
    study = everything

    def costs():
        found = {}
        for name in LISTS:
            with CaptureQueriesContext(connection) as queries:
                assert api("GET", f"project-{name}").json()["count"] > 0
            found[name] = len(queries)
        return found

    before = costs()
    assert max(before.values()) <= 10
    factories.dataset(study.project, alice, "Third", [{"id": "1", "domain": "a", "text": "one two"}])
    factories.scores.create_score_set(version=study.prose, method="length", by=alice)
    factories.train(factories.run("Another", study.mixed, alice, [study.prose], seed=9), level=3, cost=0)
    study.project.memberships.create(user=factories.UserFactory(), role=Role.VIEWER)
    assert costs() == before

"""One search over everything that a person may see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Project, Role
from apps.common.methods import all_methods
from apps.curricula.models import Curriculum
from apps.search import places, selectors
from apps.search.kinds import KINDS
from apps.trash import services as trash
from apps.trash.kinds import KINDS as TRASHED

pytestmark = pytest.mark.django_db


def found(user, text, **more) -> dict[str, list[str]]:
    groups = selectors.find(user, text, limit=more.pop("limit", 10), **more)
    return {group.name: [row.title for row in group.rows] for group in groups}


def test_every_kind_is_found_by_its_name_and_its_page_opens(everything, alice, signed_in):
    client = signed_in(alice)
    for kind in KINDS.values():
        row = kind.model.objects.visible_to(alice).first()
        groups = {g.name: g for g in selectors.find(alice, getattr(row, kind.named), limit=10)}
        assert kind.name in groups, kind.name
        assert client.get(groups[kind.name].rows[0].url).status_code == 200


def test_a_stranger_finds_nothing_of_others(everything, charlie, signed_in):
    for kind in KINDS.values():
        row = kind.model.objects.first()
        assert selectors.find(charlie, getattr(row, kind.named), limit=10) == []
        assert selectors.find(charlie, str(row.pk), limit=10) == []


def test_anything_is_found_by_the_beginning_of_its_id(study, alice):
    job = study.base.job
    for text in (str(job.pk), job.pk.hex, str(job.pk)[:9], str(job.pk)[:8].upper()):
        assert job.title in found(alice, text)["job"]
    assert found(alice, str(job.pk)[:3]).get("job") != [job.title], "three digits are a word"


def test_all_words_must_occur_in_the_name_or_what_is_said_of_it(project, alice):
    Curriculum.objects.create(project=project, name="Easy first", description="A saw with review")
    Curriculum.objects.create(project=project, name="Easy last")
    assert found(alice, "easy REVIEW") == {"curriculum": ["Easy first"]}
    assert found(alice, "easy nothing") == {}


def test_signs_of_patterns_are_letters_like_others(project, alice):
    Curriculum.objects.create(project=project, name="100 % code_first")
    Curriculum.objects.create(project=project, name="100 codeXfirst")
    assert found(alice, "0 %") == {"curriculum": ["100 % code_first"]}
    assert found(alice, "code_") == {"curriculum": ["100 % code_first"]}


def test_the_better_match_comes_first_and_what_is_here_before_what_is_elsewhere(project, alice):
    other = Project.objects.create(name="Other")
    other.memberships.create(user=alice, role=Role.OWNER)
    for where, name in ((project, "My saw"), (project, "saw"), (other, "saw teeth"), (project, "saw blades")):
        Curriculum.objects.create(project=where, name=name)
    assert found(alice, "saw", here=other.pk)["curriculum"] == ["saw", "saw teeth", "saw blades", "My saw"]
    assert found(alice, "saw", here=project.pk)["curriculum"] == ["saw", "saw blades", "saw teeth", "My saw"]


def test_what_lies_in_the_trash_is_not_found(project, alice):
    row = Curriculum.objects.create(project=project, name="Thrown away")
    assert found(alice, "thrown") == {"curriculum": ["Thrown away"]}
    trash.put(kind=TRASHED["curriculum"], row=row, by=alice)
    assert found(alice, "thrown") == {}


def test_it_is_one_query_however_many_rows_there_are(study, alice):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            groups = selectors.find(alice, "co", limit=5)
        return len(queries), groups

    few, _ = cost()
    rows = (Curriculum(project=study.project, name=f"Code {n}") for n in range(2000))
    Curriculum.objects.bulk_create(rows)
    many, groups = cost()
    assert few == many == 1
    curricula = next(group for group in groups if group.name == "curriculum")
    assert len(curricula.rows) == 5
    assert curricula.more


def test_nothing_asked_is_no_query_and_long_questions_are_cut(alice):
    with CaptureQueriesContext(connection) as queries:
        assert selectors.find(alice, "   ", limit=5) == []
    assert len(queries) == 0
    assert len(selectors.terms("word " * 100)) == selectors.WORDS


def test_the_page_works_without_scripts_and_shows_one_kind_alone(study, alice, signed_in):
    client = signed_in(alice)
    address = reverse("search:page")
    page = client.get(address, {"q": "code", "in": str(study.project.pk)}).content.decode()
    assert '<h2 id="g-run">Runs</h2>' in page
    alone = client.get(address, {"q": "code", "kind": "dataset"}).content.decode()
    assert "g-dataset" in alone
    assert "g-run" not in alone
    assert "Nothing that you can see" in client.get(address, {"q": "no such thing at all"}).content.decode()
    assert client.get(address, {"q": "<b>", "in": "no id", "kind": "nonsense"}).status_code == 200


def test_the_page_costs_as_much_with_many_rows_as_with_few(study, alice, signed_in):
    client = signed_in(alice)
    client.get(reverse("search:page"), {"q": "code"})
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("search:palette"), {"q": "code", "in": str(study.project.pk)})
    Curriculum.objects.bulk_create(Curriculum(project=study.project, name=f"Code {n}") for n in range(50))
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("search:palette"), {"q": "code", "in": str(study.project.pk)})
    assert len(few) == len(many) <= 5


def test_the_palette_offers_actions_pages_and_the_help_of_methods(study, alice, vera, charlie):
    def offered(user, text, here, acts=True):
        return {g.name: [r.title for r in g.rows] for g in places.offered(user, text, here, acts=acts)}

    assert offered(alice, "new run", study.project)["action"][0] == "New run"
    assert "New run" not in offered(vera, "", study.project).get("action", []), "a viewer begins nothing"
    assert offered(alice, "train", study.project)["action"][:2] == ["Train a tokenizer", "New run"]
    assert offered(alice, "dark", None)["action"] == ["Dark theme"]
    assert "action" not in offered(alice, "dark", None, acts=False), "without a script nobody does it"
    assert "Saw" in " ".join(offered(alice, "saw", None)["method"]).title()
    assert "Audit" not in offered(alice, "audit", None).get("page", [])
    assert "method" not in offered(alice, "", study.project)


@pytest.mark.parametrize("who", ["alice", "bob", "vera"])
def test_what_the_palette_offers_opens_for_whoever_sees_it(study, who, request, signed_in):
    user = request.getfixturevalue(who)
    client = signed_in(user)
    for row in (row for group in places.offered(user, "", study.project) for row in group.rows):
        assert client.get(row.url).status_code == 200, row.title


def test_a_study_without_a_comparison_is_a_place_on_its_list(everything, alice, signed_in):
    row = KINDS["study"].model.objects.first()
    row.comparison = None
    row.save()
    url = selectors.find(alice, row.name, limit=5, kinds=["study"])[0].rows[0].url
    page, _, place = url.partition("#")
    assert f'id="{place}"' in signed_in(alice).get(page).content.decode()


def test_a_project_of_others_is_no_place_to_act(study, charlie, signed_in):
    page = signed_in(charlie).get(reverse("search:palette"), {"in": str(study.project.pk)}).content.decode()
    assert "New run" not in page
    assert str(study.project.pk) not in page


def test_names_are_escaped_in_the_palette(project, alice, signed_in):
    Curriculum.objects.create(project=project, name="<script>alert(1)</script>")
    page = signed_in(alice).get(reverse("search:palette"), {"q": "alert"}).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_the_api_finds_the_same(study, alice, vera, signed_in):
    client = signed_in(vera)
    answer = client.get("/api/v1/search/", {"q": "code", "limit": 1, "project": str(study.project.pk)})
    groups = {group["kind"]: group for group in answer.json()}
    assert set(groups) >= {"run", "dataset", "curriculum"}
    row = groups["dataset"]["rows"][0]
    assert row["url"] == reverse("datasets:detail", args=[row["id"]])
    assert row["project"] == study.project.name
    only = client.get("/api/v1/search/", {"q": "code", "kind": "run"}).json()
    assert [group["kind"] for group in only] == ["run"]
    assert client.get("/api/v1/search/").status_code == 400
    assert client.get("/api/v1/search/", {"q": "a", "limit": 1000}).status_code == 400


def test_every_method_has_a_page_of_help(alice, signed_in):
    client = signed_in(alice)
    page = client.get(reverse("methods:list")).content.decode()
    for method in all_methods():
        assert method["url"] in page
        help_page = client.get(method["url"])
        assert help_page.status_code == 200
    assert "Source:" in client.get(reverse("methods:detail", args=["orderings", "saw"])).content.decode()
    assert client.get("/methods/orderings/nonsense/").status_code == 404


def test_how_well_words_fit():
    assert selectors.matches(["saw"], ["SAW"]) == 0
    assert selectors.matches(["saw"], ["Saw, easy"]) == 1
    assert selectors.matches(["easy", "saw"], ["Saw, easy"]) == 2
    assert selectors.matches(["review"], ["Saw", "with review"]) == 3
    assert selectors.matches(["none"], ["Saw"]) is None


def test_every_ordering_shows_its_picture(alice, signed_in):
    client = signed_in(alice)
    for method in all_methods():
        if method["family"] == "orderings":
            assert f"orders/{method['name']}" in client.get(method["url"]).content.decode()


def test_what_was_opened_last_is_offered_first_as_far_as_it_may_be_seen(study, alice, charlie, signed_in):
    address = reverse("search:palette")
    other = Project.objects.create(name="Not hers")
    opened = " ".join(
        [
            reverse("comparisons:detail", args=[study.comparison.pk]),
            reverse("accounts:project", args=[other.pk]),
            "/runs/nonsense/",
            reverse("runs:detail", args=[study.base.pk]),
            "/methods/",
        ]
    )
    with CaptureQueriesContext(connection) as queries:
        rows = selectors.named(
            alice, [("comparison", study.comparison.pk), ("run", study.base.pk), ("project", other.pk)]
        )
    assert [row.title for row in rows] == [study.comparison.name, study.base.name]
    assert len(queries) == 1
    text = signed_in(alice).get(address, {"opened": opened}).content.decode()
    assert text.index("Opened last") < text.index(study.comparison.name) < text.index(study.base.name)
    assert "Not hers" not in text
    assert "Opened last" not in signed_in(alice).get(address, {"opened": opened, "q": "co"}).content.decode()
    assert "Opened last" not in signed_in(charlie).get(address, {"opened": opened}).content.decode()

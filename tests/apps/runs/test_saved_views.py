"""Views of the table have names, are the project's, and come back when they were deleted."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import QueryDict
from django.urls import reverse

from apps.runs import saved_views
from apps.runs.models import SavedView
from apps.runs.table_state import canonical
from apps.trash.services import purge_expired
from gradatim.errors import UserError
from tests.apps.runs.builders import run_of


@pytest.fixture
def table(project, alice):
    run_of(project, alice, "First")
    return reverse("runs:list", args=[project.pk])


@pytest.fixture
def view(project, alice):
    return saved_views.save(
        project=project, name="By peak", query="sort=seed&columns=seed&columns=state&page=3", by=alice
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("sort=-asked&page=2&band=range&view=all&unknown=1", ""),
        ("band=interval", ""),
        ("group=seeds&band=interval", "band=interval&group=seeds"),
        ("columns=state&columns=seed&q=a", "columns=state&columns=seed&q=a"),
        ("where%3Alast%3Acode=%3C+3&q=%00", "where%3Alast%3Acode=%3C+3"),
        ("where%3Aset%3A%00=1&q=a", "q=a"),
    ],
)
def test_one_table_has_one_spelling(query, expected):
    assert canonical(QueryDict(query)) == expected


def test_what_the_table_shows_is_saved_and_found_by_everybody(signed_in, project, table, bob, vera):
    client = signed_in(bob)
    form = reverse("runs:views", args=[project.pk])
    answer = client.post(form, {"name": " By  seed ", "query": "columns=seed&sort=-seed"})
    assert answer.headers["Location"] == f"{table}?columns=seed&sort=-seed"
    text = signed_in(vera).get(answer.headers["Location"]).content.decode()
    assert '<a href="?columns=seed&amp;sort=-seed" aria-current="true">By seed</a>' in text
    assert "Save or change views" not in text
    assert signed_in(vera).post(form, {"name": "Mine", "query": ""}).status_code == 403
    assert "By seed" in client.get(form).content.decode()


def test_the_default_is_what_the_table_opens_with(signed_in, project, table, view, alice):
    client, address = signed_in(alice), reverse("runs:view", args=[view.pk])
    assert client.get(table).status_code == 200
    client.post(address, {"act": "default"})
    assert client.get(table).headers["Location"] == f"{table}?{view.query}"
    assert client.get(table, {"view": "all"}).context["address"] == ""
    other = saved_views.save(project=project, name="Other", query="", is_default=True, by=alice)
    assert [v.name for v in SavedView.objects.filter(is_default=True)] == ["Other"]
    assert client.get(table).headers["Location"] == f"{table}?view=all"
    saved_views.set_default(view=other, is_default=False)
    assert client.get(table).status_code == 200


def test_a_view_is_renamed_deleted_and_brought_back(signed_in, project, table, view, alice, vera, charlie):
    address = reverse("runs:view", args=[view.pk])
    assert signed_in(charlie).post(address, {"act": "delete"}).status_code == 404
    assert signed_in(vera).post(address, {"act": "delete"}).status_code == 403
    client = signed_in(alice)
    client.post(address, {"act": "rename", "name": "Peaks"})
    client.post(address, {"act": "delete"})
    assert not saved_views.views_of(project).exists()
    assert "Bring Peaks back" in client.get(reverse("runs:views", args=[project.pk])).content.decode()
    client.post(address, {"act": "restore"})
    assert [v.name for v in saved_views.views_of(project)] == ["Peaks"]
    assert client.post(address, {"act": "burn"}).status_code == 404


def test_a_name_stands_for_one_view(signed_in, project, view, alice):
    again = saved_views.save(project=project, name="By peak", query="q=new", by=alice)
    assert (again.pk, again.query) == (view.pk, "q=new")
    other = saved_views.save(project=project, name="Other", query="", by=alice)
    with pytest.raises(UserError, match="already"):
        saved_views.rename(view=other, name="By peak")
    saved_views.delete(view=view)
    saved_views.rename(view=SavedView.objects.get(pk=other.pk), name="By peak")
    answer = signed_in(alice).post(reverse("runs:view", args=[view.pk]), {"act": "restore"}, follow=True)
    assert "There is a view “By peak” already" in answer.content.decode()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_view_without_a_sensible_name_is_refused_in_words(signed_in, project, alice, name):
    answer = signed_in(alice).post(reverse("runs:views", args=[project.pk]), {"name": name, "query": "q=a"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Give the view a name" in text and f'value="{name}"' in text


def test_a_view_that_was_deleted_meanwhile_takes_no_default_away(signed_in, project, view, alice):
    kept = saved_views.save(project=project, name="Kept", query="", is_default=True, by=alice)
    saved_views.delete(view=view)
    answer = signed_in(alice).post(reverse("runs:view", args=[view.pk]), {"act": "default"}, follow=True)
    assert "“By peak” was deleted: bring it back first" in answer.content.decode()
    assert saved_views.default_of(project) == kept
    saved_views.restore(view=view)
    assert view in saved_views.views_of(project)


def test_views_are_listed_made_renamed_chosen_and_deleted_over_the_api(signed_in, project, view, bob, vera, charlie):
    client, listed = signed_in(bob), reverse("api:project-views", args=[project.pk])
    made = client.post(listed, {"name": " By  seed", "query": "sort=-seed&page=2&columns=seed"}, "application/json")
    assert (made.status_code, made.json()["name"], made.json()["query"]) == (201, "By seed", "columns=seed&sort=-seed")
    assert [row["name"] for row in signed_in(vera).get(listed).json()["results"]] == ["By peak", "By seed"]
    one = reverse("api:saved-view", args=[made.json()["id"]])
    assert signed_in(vera).patch(one, {"is_default": True}, "application/json").status_code == 403
    assert signed_in(charlie).get(one).status_code == 404
    changed = {"name": "Seeds", "query": "q=a&page=2", "is_default": True}
    client = signed_in(bob)
    answer = client.patch(one, changed, "application/json").json()
    assert {key: answer[key] for key in changed} == changed | {"query": "q=a"}
    assert saved_views.default_of(project).name == "Seeds"
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404
    assert [v.name for v in saved_views.deleted_of(project)] == ["Seeds"]


def test_a_name_that_is_taken_is_refused_over_the_api_and_nothing_else_is_changed(signed_in, project, view, alice):
    other = saved_views.save(project=project, name="Other", query="q=a", by=alice)
    one = reverse("api:saved-view", args=[other.pk])
    answer = signed_in(alice).patch(one, {"query": "q=b", "name": "By peak"}, "application/json")
    assert answer.status_code == 400
    assert "There is a view “By peak” already" in answer.content.decode()
    long = "&".join(f"columns=set:recipe.{'a' * 100}.{k}" for k in range(60))
    answer = signed_in(alice).patch(one, {"name": "Renamed", "query": long}, "application/json")
    assert "too long to be kept" in answer.content.decode()
    other.refresh_from_db()
    assert (other.name, other.query) == ("Other", "q=a")


def test_what_can_no_longer_be_brought_back_goes_for_good(project, view, alice):
    kept = saved_views.save(project=project, name="Kept", query="", by=alice)
    lately = saved_views.save(project=project, name="Lately", query="", by=alice)
    for gone in (view, lately):
        saved_views.delete(view=gone)
    old = Now() - timedelta(days=settings.TRASH_DAYS + 1)
    SavedView.objects.filter(pk=view.pk).update(deleted_at=old)
    assert purge_expired() == 1
    assert set(SavedView.objects.values_list("pk", flat=True)) == {kept.pk, lately.pk}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_give_one_name_at_once_the_second_is_told(project, alice):
    first, second = (saved_views.save(project=project, name=name, query="", by=alice) for name in ("One", "Two"))
    said = []

    def rename():
        try:
            saved_views.rename(view=SavedView.objects.get(pk=second.pk), name="Mine")
        except UserError as error:
            said.append(error.sentence)
        finally:
            connection.close()

    other = threading.Thread(target=rename)
    with transaction.atomic():
        saved_views.rename(view=first, name="Mine")
        other.start()
        other.join(0.2)
        assert other.is_alive()  # waits for who was first
    other.join(10)
    assert said == ["There is a view “Mine” already: choose another name."]


def test_an_address_that_is_no_table_is_refused_in_words_and_a_copied_one_is_read(project, alice):
    saved = saved_views.save(project=project, name="Copied", query="?sort=seed&page=2", by=alice)
    assert saved.query == "sort=seed"
    with pytest.raises(UserError, match="too long to be kept"):
        saved_views.change(view=saved, query="&" * 7_000)
    with pytest.raises(UserError, match="too long to be kept"):
        saved_views.save(project=project, name="Long", query="q=" + "a" * 4_000, by=alice)

import re

import pytest
from django.urls import reverse

from apps.common.markdown import rendered
from apps.comparisons import services
from apps.shares import services as shares
from tests.apps.runs.builders import run_of


@pytest.fixture
def saved(project, alice):
    return services.save_comparison(project=project, name="Mine", runs=[run_of(project, alice).pk], by=alice)


def test_notes_are_written_by_editors_and_read_by_all_members(client, saved, bob, vera):
    address = reverse("comparisons:notes", args=[saved.pk])
    client.force_login(vera)
    assert client.get(address).status_code == 403
    assert client.post(address, {"notes": "x"}).status_code == 403
    client.force_login(bob)
    assert "Add notes" in client.get(reverse("comparisons:detail", args=[saved.pk])).text
    page = client.post(address, {"notes": "# Found\n\n* **one** thing"}, follow=True).text
    assert "<h3>Found</h3>" in page
    assert "<strong>one</strong> thing" in page
    client.force_login(vera)
    page = client.get(reverse("comparisons:detail", args=[saved.pk])).text
    assert "<strong>one</strong>" in page
    assert address not in page


def test_notes_stay_off_shared_pages(client, project, alice, saved):
    services.write_notes(comparison=saved, notes="Nobody else should know")
    _, url = shares.create_share(project=project, title="Shared", runs=saved.runs, by=alice)
    assert "Nobody else" not in client.get(url[url.index("/s/") :], follow=True).text


def test_who_saves_second_is_shown_what_was_saved_first_and_loses_nothing(client, saved, bob):
    client.force_login(bob)
    address = reverse("comparisons:notes", args=[saved.pk])
    read = re.search(r'name="read" value="(\w+)"', client.get(address).text)[1]
    services.write_notes(comparison=saved, notes="Alice was here")
    refused = client.post(address, {"notes": "Bob, too", "read": read})
    assert refused.status_code == 422
    assert "Somebody else saved other notes" in refused.text
    assert "Alice was here</textarea>" in refused.text
    assert "Bob, too</textarea>" in refused.text
    saved.refresh_from_db()
    assert saved.notes == "Alice was here"
    read = re.search(r'name="read" value="(\w+)"', refused.text)[1]
    client.post(address, {"notes": "Alice was here, Bob, too", "read": read})
    saved.refresh_from_db()
    assert saved.notes == "Alice was here, Bob, too"


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("a <img src=x onerror=alert(1)> b", "<img"),
        ("![x](https://example.org/track.png)", "<img"),
        ("[x](javascript:alert(1))", "href"),
        ("[x](data:text/html;base64,AAAA)", "href"),
        ('[x](https://example.org/"onmouseover=alert(1))', '"onmouseover'),
        ("<https://example.org/><b>", "<b>"),
    ],
)
def test_nothing_runs_and_nothing_is_loaded(text, never):
    assert never not in rendered(text)


def test_the_same_notes_are_rendered_once():
    text = "| a | b |\n| - | - |\n" + "| c |\n" * 1000
    assert rendered(text) is rendered("".join(list(text)))


def test_links_leave_no_trace_and_tables_are_tables():
    assert rendered("[a](https://example.org)").count('rel="nofollow noopener noreferrer"') == 1
    assert "<td>1</td>" in rendered("| a |\n| - |\n| 1 |")

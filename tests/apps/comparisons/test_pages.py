import csv
import io
import uuid

import pytest
from django.urls import reverse

from apps.comparisons import selectors, services
from gradatim.errors import UserError
from tests.apps.runs.builders import FALL, GAP, measure, run_of


def address(*runs, **query):
    names = ",".join(str(run.pk) for run in runs)
    return reverse("comparisons:compare") + f"?runs={names}" + "".join(f"&{k}={v}" for k, v in query.items())


@pytest.fixture
def runs(project, alice):
    base = run_of(project, alice, "Base")
    return [base, run_of(project, alice, "Code alone", base=base), run_of(project, alice, "Replay", base=base)]


def test_members_open_a_comparison_by_its_address_and_strangers_get_404(client, runs, alice, vera, charlie):
    for user, status in ((alice, 200), (vera, 200), (charlie, 404)):
        client.force_login(user)
        assert client.get(address(*runs)).status_code == status


def test_one_run_that_may_not_be_seen_hides_the_whole_comparison(client, runs, alice, charlie):
    from apps.accounts.models import Membership, Project

    elsewhere = Project.objects.create(name="Elsewhere")
    Membership.objects.create(project=elsewhere, user=charlie, role="owner")
    client.force_login(alice)
    assert client.get(address(runs[0], run_of(elsewhere, charlie))).status_code == 404


@pytest.mark.parametrize("text", ["no-id", str(uuid.UUID(int=7))])
def test_unknown_runs_are_404(client, alice, text):
    client.force_login(alice)
    assert client.get(reverse("comparisons:compare") + f"?runs={text}").status_code == 404


def test_runs_chosen_by_checkboxes_are_compared(client, runs, alice):
    client.force_login(alice)
    answer = client.get(reverse("comparisons:compare"), {"runs": [run.pk for run in runs]})
    assert [run.name for run in answer.context["compared"].runs] == ["Base", "Code alone", "Replay"]


def test_without_runs_the_page_says_where_to_choose_them(client, alice):
    client.force_login(alice)
    assert "No run is chosen" in client.get(reverse("comparisons:compare")).content.decode()


def test_a_wrong_tolerance_is_said_and_loses_nothing(client, runs, alice):
    client.force_login(alice)
    page = client.get(address(*runs, tolerance="-3")).content.decode()
    assert "The tolerance is a number of nats" in page
    assert "Code alone" in page


def test_htmx_gets_the_words_and_tables_without_the_charts(client, runs, alice):
    client.force_login(alice)
    answer = client.get(address(*runs, domain="prose"), headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert 'id="answers"' in text
    assert 'id="tables"' in text
    assert 'hx-swap-oob="true"' in text
    assert "<html" not in text
    assert "data-figure" not in text
    assert "HX-Request" in answer["Vary"]


def test_the_tables_are_a_csv_that_no_spreadsheet_runs(client, project, alice):
    base = run_of(project, alice, "Base")
    client.force_login(alice)
    named = run_of(project, alice, "=cmd|' /C calc'!A0", base=base)
    answer = client.get(reverse("comparisons:table") + f"?runs={named.pk}")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[2][0] == "'=cmd|' /C calc'!A0"
    assert rows[2][1:4] == ["prose", "0", "1.0"]
    assert float(rows[2][6]) == 0.375


def test_queries_do_not_grow_with_the_runs(client, project, alice, django_assert_num_queries):
    client.force_login(alice)
    base = run_of(project, alice, "Base")
    few = [run_of(project, alice, f"Run {i}", base=base, seed=i) for i in range(2)]
    many = few + [run_of(project, alice, f"Run {i}", base=base, seed=i) for i in range(2, 8)]
    client.get(address(*few))
    with django_assert_num_queries(counted(client, address(*few))):
        client.get(address(*many))


def test_an_editor_saves_a_comparison_and_a_viewer_does_not(client, runs, bob, vera, project):
    posted = {
        "runs": ",".join(str(run.pk) for run in runs),
        "axis": "steps",
        "tolerance": "0.1",
        "name": "Cost of a shift",
    }
    client.force_login(vera)
    assert client.post(reverse("comparisons:save"), posted).status_code == 403
    client.force_login(bob)
    answer = client.post(reverse("comparisons:save"), posted, follow=True)
    saved = project.comparisons.get()
    assert saved.view == {"axis": "steps", "tolerance": "0.1"}
    assert answer.context["view"].axis == "steps"
    assert "Cost of a shift" in answer.content.decode()


def test_a_saved_comparison_is_hidden_from_strangers(client, project, alice, charlie, runs):
    saved = services.save_comparison(project=project, name="Mine", runs=[runs[0].pk], by=alice)
    for user, status in ((alice, 200), (charlie, 404)):
        client.force_login(user)
        assert client.get(reverse("comparisons:detail", args=[saved.pk])).status_code == status
        assert client.get(reverse("comparisons:list", args=[project.pk])).status_code == status


def test_runs_of_another_project_are_not_saved(project, alice, runs):
    from apps.accounts.models import Project

    with pytest.raises(UserError, match="belong to its project"):
        services.save_comparison(project=Project.objects.create(name="X"), name="Mine", runs=[runs[0].pk], by=alice)


def counted(client, url) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def test_runs_of_two_projects_cannot_be_saved_as_one_comparison(client, runs, alice):
    from apps.accounts.services import create_project

    other = run_of(create_project(name="Elsewhere", by=alice), alice)
    client.force_login(alice)
    sent = {"runs": f"{runs[0].pk},{other.pk}", "name": "Both"}
    answer = client.post(reverse("comparisons:save"), sent)
    assert answer.status_code == 422
    assert "belong to its project" in answer.content.decode()


def test_a_live_page_that_was_opened_before_anything_was_measured_is_drawn_anew_once_it_is(
    client, project, alice, htmx
):
    young = run_of(project, alice, losses={}, status="running")
    client.force_login(alice)
    asked = {**htmx, "X-Domains": "0"}
    assert 'hx-headers=\'{"X-Domains": "0"}\'' in client.get(address(young)).text
    assert "HX-Refresh" not in client.get(address(young), headers=asked).headers
    measure(young, {"code": FALL, "prose": GAP})
    assert client.get(address(young), headers=asked).headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in client.get(address(young), headers={**htmx, "X-Domains": "2"}).headers


@pytest.mark.parametrize("domain", ["loss", "tokens", "off", "0", "each"])
def test_a_domain_may_be_called_like_a_default(domain):
    assert selectors.view_of(selectors.View(domain=domain).stored()).domain == domain


def test_a_view_keeps_what_is_not_default():
    assert selectors.View().stored() == {}
    view = selectors.View(axis="steps", baseline=2, tolerance=0.25)
    assert view.stored() == {"axis": "steps", "baseline": "2", "tolerance": "0.25"}


def test_one_run_alone_is_not_asked_whether_it_is_fair(client, runs, alice):
    client.force_login(alice)
    assert "Is the comparison fair?" in client.get(address(*runs)).text
    alone = client.get(address(runs[0])).text
    assert "Is the comparison fair?" not in alone
    assert "Settings that differ" not in alone
    assert "Stability gap" in alone

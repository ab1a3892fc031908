from django.urls import reverse

from apps.comparisons.data import data_of
from tests.apps.runs.builders import run_of


def rows(data):
    return {(row.phase, row.stream): row for row in data.others[0].rows}


def test_each_curriculum_is_set_against_that_of_the_first_run_stream_by_stream(study):
    mixed, alone = study.base, study.arms[0]
    found = data_of([mixed, alone], 0)
    assert found.reference == "Base mixture, version 1"
    assert [other.name for other in found.others] == ["Code alone, version 1"]
    code, prose = rows(found)["main", "code"], rows(found)["main", "prose"]
    assert (code.share, round(code.reference_share, 2)) == (1.0, 0.38)
    assert code.diff.diff.only_before + code.diff.diff.both > 0
    assert not code.same
    assert prose.sentence == "only in the reference"


def test_a_baseline_turns_the_comparison_around(study):
    found = data_of([study.base, study.arms[0]], 2)
    assert found.reference == "Code alone, version 1"
    assert rows(found)["main", "prose"].sentence == "only here"


def test_a_share_is_that_of_the_phase_by_its_number_where_another_one_has_its_name(project, alice):
    two = run_of(project, alice, "Two", phases=(("main", 400), ("shift", 400)))
    one = run_of(project, alice, "One", phases=(("shift", 400),))
    found = data_of([two, one], 0).others[0].rows
    alone = [row for row in found if row.sentence == "only in the reference"]
    assert alone
    assert {(row.phase, row.share) for row in alone} == {("shift", None)}


def test_runs_of_one_curriculum_differ_in_no_data(study):
    found = data_of([study.base, study.arms[2]], 0)
    assert found.others == []
    assert "the same curriculum" in found.sentence


def test_runs_of_two_projects_are_not_set_against_each_other(study, alice):
    from apps.accounts.models import Project

    other = run_of(Project.objects.create(name="Elsewhere"), alice)
    assert "several projects" in data_of([study.base, other], 0).sentence


def test_the_page_fetches_it_for_those_who_may_see_the_runs(signed_in, alice, charlie, study):
    address = f"{reverse('comparisons:data')}?runs={study.base.pk},{study.arms[0].pk}"
    client = signed_in(alice)
    page = client.get(f"{reverse('comparisons:compare')}?runs={study.base.pk},{study.arms[0].pk}").text
    assert address.replace("&", "&amp;") in page
    assert "only in the reference" in client.get(address).text
    assert client.get(reverse("comparisons:data")).status_code == 404
    assert signed_in(charlie).get(address).status_code == 404

"""A dip is split by its control, and one click adds the controls that are missing."""

import re

import pytest
from django.urls import reverse

from apps.comparisons import selectors, services
from apps.comparisons.selectors import View
from apps.runs.models import Run
from apps.shares import services as shares
from gradatim.errors import UserError
from tests.apps.runs.builders import FALL, run_of

REWARMED = [3.0, 3.25, 3.0, 3.0, 3.0]  # loses a quarter of a nat


@pytest.fixture
def base(project, alice):
    return run_of(project, alice, "Base")


@pytest.fixture
def alone(project, alice, base):
    run = run_of(project, alice, "Code alone", base=base)
    changed = run.version.draft
    changed["phases"][0]["streams"][0]["dataset"] = "9" * 64
    type(run.version).objects.filter(pk=run.version_id).update(draft=changed)
    return run


def control(project, alice, base, **more) -> Run:
    return run_of(project, alice, "Base again", base=base, **{"losses": {"prose": REWARMED, "code": FALL}} | more)


def compared(*runs, **more):
    keys = [run.pk for run in runs]
    found = {
        run.pk: run
        for run in Run.objects.filter(pk__in=keys).select_related(
            "base", "version__curriculum", "job", "project", "plan__artifact"
        )
    }
    return selectors.compare([found[key] for key in keys], View(), **more)


def prose(found, place=0):
    return next(gap for gap in found.gaps if (gap.run, gap.domain) == (place, "prose"))


def test_a_dip_is_split_into_what_the_control_lost_and_the_rest(project, alice, base, alone):
    found = compared(alone, control(project, alice, base))
    gap = prose(found)
    assert (gap.gap_depth, gap.rewarming, gap.shift, gap.control) == (1.0, 0.25, 0.75, "Base again")
    assert gap.split == "Of the 1.000 nats that it lost, re-warming alone did 0.250 (Base again) and the shift 0.750."
    assert found.answers[0].sentence.endswith(gap.split)
    own = prose(found, 1)
    assert (own.rewarming, own.shift) == (0.25, 0.0)
    assert "Its data did not change" in own.split


def test_a_control_beside_the_comparison_is_used_but_not_on_a_shared_page(project, alice, base, alone):
    control(project, alice, base)
    assert prose(compared(alone)).rewarming == 0.25
    assert [run.name for run in compared(alone).runs] == ["Code alone"]
    hidden = compared(alone, siblings=False)
    assert (prose(hidden).rewarming, prose(hidden).control) == (None, "")


def test_a_shared_page_names_only_controls_that_it_shares(client, project, alice, base, alone):
    made = control(project, alice, base)
    for runs, named in (([alone], False), ([alone, made], True)):
        _, url = shares.create_share(project=project, title="T", runs=[run.pk for run in runs], by=alice)
        page = client.get(url[url.index("/s/") :], follow=True).text
        assert ("re-warming alone did" in page) is named
        assert ("Base again" in page) is named


def test_a_control_that_lost_more_says_so(project, alice, base, alone):
    gap = prose(compared(alone, control(project, alice, base, losses={"prose": [3.0, 4.5]})))
    assert gap.shift == -0.5
    assert gap.split == "Re-warming alone loses 1.500 nats of it (Base again): the new data lost no more than that."


def test_a_control_that_has_measured_nothing_yet_splits_nothing(project, alice, base, alone):
    found = compared(alone, control(project, alice, base, losses={}, status="queued"))
    assert prose(found).rewarming is None
    assert found.uncontrolled == []


def test_another_seeds_control_is_none(project, alice, base, alone):
    found = compared(alone, control(project, alice, base, seed=1))
    assert prose(found).rewarming is None
    assert found.uncontrolled == [alone]


def test_runs_that_share_a_control_lack_one_together(project, alice, base, alone):
    other = run_of(project, alice, "Alone, otherwise", base=base)
    draft = other.version.draft
    draft["phases"][0]["streams"][0]["dataset"] = "8" * 64
    type(other.version).objects.filter(pk=other.version_id).update(draft=draft)
    found = compared(alone, other)
    assert (found.uncontrolled, found.lacking) == ([alone, other], [alone])


def test_one_click_queues_the_controls_that_are_missing_and_compares_with_them(signed_in, study, alice, vera, charlie):
    alone, control = study.arms[0], study.arms[2]
    posted = {"runs": str(alone.pk), "axis": "steps", "tolerance": "0.1"}
    address = reverse("comparisons:controls")
    for user, status in ((vera, 403), (charlie, 404)):
        assert signed_in(user).post(address, posted).status_code == status
    client = signed_in(alice)
    answer = client.post(address, posted)
    assert answer.url == f"{reverse('comparisons:compare')}?runs={alone.pk}%2C{control.pk}&axis=steps&tolerance=0.1"
    assert "was there already" in client.get(answer.url).text
    Run.objects.filter(pk=control.pk).update(seed=9)
    page = client.get(reverse("comparisons:compare"), {"runs": alone.pk}).text
    assert "Add the re-warming control<" in page
    assert re.search(r"To train: 1 run, 2\d(\.\d)? k tokens\.", page)
    made = client.post(address, posted, follow=True)
    assert "1 control of 24,000 tokens is queued and compared." in made.content.decode()
    assert len(made.context["compared"].runs) == 2
    assert "Add the re-warming control" not in made.content.decode()
    twice = client.post(address, {"runs": made.context["names"]}, follow=True)
    assert "has its re-warming control already" in twice.content.decode()


def test_runs_that_would_be_more_than_a_comparison_holds_add_nothing(study, alice, monkeypatch):
    monkeypatch.setattr(services, "MAX_RUNS", 1)
    Run.objects.filter(pk=study.arms[2].pk).update(seed=9)
    before = Run.objects.count()
    with pytest.raises(UserError, match="at most 1 runs"):
        services.add_controls(runs=[study.arms[0]], by=alice)
    assert Run.objects.count() == before

"""What several seeds allow to say, in words and in a table; one seed claims nothing."""

import dataclasses
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.comparisons import facts, selectors
from apps.comparisons.over_seeds import Interval, OverSeeds, findings_of
from apps.comparisons.selectors import View
from apps.runs import services
from apps.runs.models import Run
from apps.shares import services as shares
from tests.apps.runs.builders import run_of

RELATED = ("project", "job", "version__curriculum", "plan__artifact", "base", "checkpoint")
#: depth of the dip by seed
ALONE = {0: 1.00, 1: 1.10, 2: 0.95, 3: 1.05}
REPLAY = {0: 0.50, 1: 0.58, 2: 0.46, 3: 0.57}


def arm(project, alice, base, name, depths, *, peak=1e-3) -> list[Run]:
    made = [
        run_of(
            project,
            alice,
            f"{name}, seed {seed}",
            base=base,
            seed=seed,
            peak=peak,
            losses={"prose": [3.0, 3.0 + depth, 3.0]},
        )
        for seed, depth in depths.items()
    ]
    for run in made[1:]:
        Run.objects.filter(pk=run.pk).update(version=made[0].version)
        run.version = made[0].version
    for run in made:
        run.certificate = run.certificate | {"digest": f"{run.seed:064x}"}
        run.save()
    return made


@pytest.fixture
def base(project, alice):
    return run_of(project, alice, "Base")


def rows(runs, measure="gap depth", **view):
    found = selectors.compare(runs, View(**view)).over_seeds
    return [row for row in found if row.measure == measure]


def test_settings_are_compared_seed_by_seed_with_the_first(project, alice, base):
    runs = [*arm(project, alice, base, "Alone", ALONE), *arm(project, alice, base, "Replay", REPLAY, peak=2e-3)]
    first, second = rows(runs)
    assert (first.setting, first.seeds, first.less) == ("Alone", 4, None)
    assert first.own.mean == pytest.approx(1.025)
    assert first.own.low < 1.025 < first.own.high
    assert (second.setting, second.reference, second.pairs, second.told) == ("Replay", "Alone", 4, True)
    assert second.less.mean == pytest.approx(-0.4975)
    assert second.sentence.startswith(
        "Prose, gap depth: Replay less Alone is \N{MINUS SIGN}0.497 nats in the mean of 4 seeds"
    )
    assert second.sentence.endswith(": lower in Replay.")


def test_the_baseline_is_what_the_others_are_compared_with(project, alice, base):
    runs = [*arm(project, alice, base, "Alone", ALONE), *arm(project, alice, base, "Replay", REPLAY, peak=2e-3)]
    first, second = rows(runs, baseline=5)
    assert (first.setting, second.setting, second.reference) == ("Replay", "Alone", "Replay")
    assert second.less.mean == pytest.approx(0.4975)


def test_only_seeds_that_both_settings_have_are_paired(project, alice, base):
    runs = arm(project, alice, base, "Alone", ALONE)
    runs += arm(project, alice, base, "Replay", {2: 0.46, 7: 0.1}, peak=2e-3)
    second = rows(runs)[1]
    assert (second.seeds, second.pairs, second.told) == (2, 1, False)
    assert second.sentence.endswith("One seed: nothing is claimed.")


def test_one_seed_a_setting_has_no_table_and_claims_nothing(project, alice, base):
    runs = [*arm(project, alice, base, "Alone", {0: 1.0}), *arm(project, alice, base, "Replay", {0: 0.5}, peak=2e-3)]
    found = selectors.compare(runs, View())
    assert found.over_seeds == []
    assert found.evidence[0].startswith("One seed, so no interval")
    assert "Nothing is claimed" in found.evidence[0]


def test_what_the_seed_changed_is_said(project, alice, base):
    other = run_of(project, alice, "Base", seed=1)
    Run.objects.filter(pk=other.pk).update(version=base.version)
    runs = arm(project, alice, base, "Alone", {0: 1.0, 1: 1.1})
    assert "The seed changed the order of the data; all start from the same base" in facts.evidence_of(runs)[1]
    other.version = base.version
    run = arm(project, alice, other, "Alone", {2: 1.2})[0]
    run.version = runs[0].version
    assert "The seed changed the base and the order of the data." in facts.evidence_of([*runs, run])


def test_where_settings_differ_in_what_the_seed_changed_each_sentence_says_of_how_many_it_holds(project, alice, base):
    runs = [
        *arm(project, alice, base, "Alone", {0: 1.0, 1: 1.1}),
        *arm(project, alice, base, "Replay", {0: 0.5, 1: 0.6}, peak=2e-3),
    ]
    once = [words for words in facts.evidence_of(runs) if "seed changed" in words]
    assert once == [
        "The seed changed the order of the data; all start from the same base, so this holds given that base."
    ]
    other = run_of(project, alice, "Base", seed=1)
    Run.objects.filter(pk=other.pk).update(version=base.version)
    other.version = base.version
    strange = arm(project, alice, other, "Replay", {2: 0.7}, peak=2e-3)[0]
    strange.version = runs[2].version
    said = [words for words in facts.evidence_of([*runs, strange]) if "seed changed" in words]
    assert [words.split(",")[0] for words in said] == ["In 1 of 2 settings", "In 1 of 2 settings"]
    assert said[1].endswith("the seed changed the base and the order of the data.")


def test_of_runs_without_a_gap_it_is_found_which_ended_lower(project, alice):
    runs = []
    for place, name in enumerate(["Random", "Sorted", "Folded", "SAW", "STR"]):
        for seed in range(3):
            losses = {"prose": [4.0, 3.0 - 0.2 * place + seed * (place + 1) / 500]}
            run = run_of(project, alice, f"{name}, seed {seed}", seed=seed, peak=(place + 1) / 1000, losses=losses)
            run.version = runs[-seed].version if seed else run.version
            runs.append(run)
    few = selectors.compare(runs[:6], View()).findings
    assert [sentence.split(" is ")[0] for sentence in few] == ["Prose, last loss: Sorted less Random"]
    many = selectors.compare(runs, View()).findings
    assert [sentence.split(" less ")[0] for sentence in many[:3]] == [
        f"Prose, last loss: {name}" for name in ("STR", "SAW", "Folded")
    ]
    assert many[3].startswith("4 of 4 last losses differ from Random by more than chance")


def test_queued_runs_whose_documents_are_not_frozen_are_said_by_their_base(study, alice):
    made = services.create_runs(
        name="Queued",
        seeds=[1, 2],
        version=study.arms[0].version,
        recipe=study.arms[0].recipe,
        by=alice,
        base=study.base,
    )
    fresh = Run.objects.filter(pk__in=[run.pk for run in made]).select_related(*RELATED)
    assert "all start from the same base" in facts.evidence_of(list(fresh))[1]


def test_a_page_shows_what_may_be_said_and_so_does_its_shared_one(signed_in, client, project, alice, base):
    runs = [*arm(project, alice, base, "Alone", ALONE), *arm(project, alice, base, "Replay", REPLAY, peak=2e-3)]
    runs += arm(project, alice, base, "More replay", {0: 1.2, 1: 0.6, 2: 1.1}, peak=3e-3)
    text = signed_in(alice).get(reverse("comparisons:compare"), {"runs": [run.pk for run in runs]}).text
    _, url = shares.create_share(project=project, title="T", runs=[run.pk for run in runs], by=alice)
    client.logout()
    for page in (text, client.get(url[url.index("/s/") :], follow=True).text):
        assert "<b>lower</b>" in page
        assert "seeds would tell" in page
        assert "Less Alone" in page


def test_seeds_and_controls_ask_the_database_no_more_often(
    signed_in, project, alice, base, django_assert_max_num_queries
):
    runs = [*arm(project, alice, base, "Alone", ALONE), *arm(project, alice, base, "Replay", REPLAY, peak=2e-3)]
    client = signed_in(alice)
    address = reverse("comparisons:compare")
    client.get(address, {"runs": [run.pk for run in runs[:1]]})
    with CaptureQueriesContext(connection) as few:
        client.get(address, {"runs": [run.pk for run in runs[:1]]})
    with django_assert_max_num_queries(len(few)):
        client.get(address, {"runs": [run.pk for run in runs]})
    with django_assert_max_num_queries(13):
        for found in (Run.objects.filter(pk__in=[run.pk for run in runs]).select_related(*RELATED),):
            selectors.compare(list(found), View())


def test_findings_say_what_replay_did_and_how_much_of_each_dip_was_rewarming(project, alice, base):
    alone = arm(project, alice, base, "Alone", ALONE)
    type(base.version).objects.filter(pk=alone[0].version_id).update(
        draft=json.loads(json.dumps(alone[0].version.draft).replace("a" * 64, "9" * 64))
    )
    controls = arm(project, alice, base, "Control", dict.fromkeys(ALONE, 0.25))
    runs = [*alone, *controls]
    fresh = list(Run.objects.filter(pk__in=[run.pk for run in runs]).select_related(*RELATED).order_by("created_at"))
    assert selectors.compare(fresh, View()).findings == [
        "Alone, in the mean of 4 seeds: of the 1.025 nats that prose lost, re-warming alone did 0.250 and the shift 0.775."
    ]


def test_the_largest_differences_that_can_be_told_lead_and_the_first_dip_in_its_parts_follows():
    def rows(setting, depth, less=None, told=False):
        common = {"run": 1, "setting": setting, "domain": "prose", "seeds": 3, "reference": "Alone"}
        difference = Interval(less, None, None) if less is not None else None
        said = f"{setting} less Alone" if less is not None else ""
        yield OverSeeds(
            **common, measure="gap depth", own=Interval(depth, None, None), less=difference, told=told, sentence=said
        )
        yield OverSeeds(**common, measure="gap depth beyond re-warming", own=Interval(depth / 2, None, None))

    arms = [("Alone", 1.0), ("A", 0.9, -0.1), ("B", 0.8, -0.2, True), ("C", 1.3, 0.3, True), ("D", 0.4, -0.6, True)]
    found = findings_of([row for arm in [*arms, ("E", 1.1, 0.1, True)] for row in rows(*arm)], "prose")
    assert [sentence.split(",")[0] for sentence in found] == [
        *("D less Alone", "C less Alone", "B less Alone", "Alone", "E less Alone", "A less Alone"),
        *("A", "B", "C", "D", "E"),
    ]


def test_few_findings_are_read_at_once_and_of_many_the_leading_ones(project, alice):
    compared = selectors.compare([run_of(project, alice, losses={"prose": [4.0, 3.0]})], View())
    few, many = (dataclasses.replace(compared, findings=list("abcdefg"[:count])) for count in (6, 7))
    assert (few.leading, few.further) == (list("abcdef"), [])
    assert (many.leading, many.further) == (list("abcd"), list("efg"))

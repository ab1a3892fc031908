"""Continual evaluation on the comparison's page: which domain counts as learned when, and what stands in its table."""

import pytest
from django.urls import reverse

from apps.comparisons import selectors
from apps.comparisons.learned import learned_of
from apps.comparisons.selectors import View
from apps.jobs.models import Artifact
from tests.apps.runs.builders import FALL, GAP, run_of

BOTH = {"prose": GAP, "code": FALL}


def feed(run, *shares):
    """Say in its plan what share of the tokens each stream of each phase has."""
    meta = run.plan.artifact.meta
    for phase, consumed in zip(meta["phases"], shares, strict=True):
        phase["consumed"] = consumed
    meta["streams"] = [
        {"phase": i, "name": name, "dataset": "0" * 64} for i, consumed in enumerate(shares) for name in consumed
    ]
    Artifact.objects.filter(pk=run.plan.artifact_id).update(meta=meta)
    return run


def test_a_domain_is_learned_where_its_share_grows_beyond_the_bases(project, alice):
    base = feed(run_of(project, alice, "Base"), {"prose": 0.62, "code": 0.38})
    alone = feed(run_of(project, alice, base=base), {"code": 1.0})
    replay = feed(run_of(project, alice, base=base), {"prose": 0.25, "code": 0.75})
    again = feed(run_of(project, alice, base=base), {"prose": 0.62, "code": 0.38})
    two = feed(run_of(project, alice, phases=(("a", 200), ("b", 200))), {"prose": 1.0}, {"prose": 0.2, "code": 0.8})
    found = learned_of([alone, replay, again, two, base], ["prose", "code", "law"])
    before = {"prose": None, "law": None}
    assert [found[run.pk] for run in (alone, replay)] == [before | {"code": 0}] * 2
    assert found[again.pk] == before | {"code": None}
    assert found[two.pk] == {"prose": 0, "code": 1, "law": None}
    assert found[base.pk] == {"prose": 0, "code": 0, "law": None}


def test_the_domains_of_a_stream_are_those_of_its_dataset_and_its_filter(study):
    alone, two, _ = study.arms
    domains = ["prose-like", *study.code.artifact.meta["domains"], *study.prose.artifact.meta["domains"]]
    found = learned_of([alone, two], domains)
    assert found[alone.pk]["prose-like"] is None
    assert {found[alone.pk][name] for name in study.code.artifact.meta["domains"]} == {0}
    assert {found[two.pk][name] for name in study.code.artifact.meta["domains"]} == {1}
    assert {found[two.pk][name] for name in study.prose.artifact.meta["domains"]} == {0}


def test_a_continuation_tells_what_it_forgot(project, alice, signed_in):
    base = feed(run_of(project, alice, "Base", losses=BOTH), {"prose": 0.62, "code": 0.38})
    run = feed(run_of(project, alice, base=base), {"code": 1.0})
    compared = selectors.compare([run], View())
    (found,) = compared.forgetting
    assert (found.finished, found.learned_now) == (["prose"], ["code"])
    assert (found.min_acc, found.wc_acc, found.acc) == (-4.0, -3.0, -(2.75 + 2.0) / 2)
    assert (found.forg, found.period_median) == (-0.25, 100)
    prose = next(gap for gap in compared.gaps if gap.domain == "prose")
    assert (prose.wf, prose.wp) == (1.0, 1.25)
    assert (prose.level, prose.relative_depth) == (3.0, pytest.approx(1 / 3))
    page = signed_in(alice).get(reverse("comparisons:compare"), {"runs": run.pk}).text
    for said in ("What was forgotten", "Worst<small>min-ACC, as a loss", "33.3 %", "As formulas", "gap_depth = a_0"):
        assert said in page


def test_fresh_weights_in_one_phase_forget_nothing(project, alice):
    assert selectors.compare([run_of(project, alice)], View()).forgetting == []


def test_two_shifts_of_one_run_are_two_findings(project, alice):
    base = run_of(project, alice, "Base")
    run = run_of(project, alice, base=base, phases=(("a", 200), ("b", 200)))
    found = selectors.compare([run], View()).forgetting
    assert [row.phase_start for row in found] == [0, 200]
    assert [row.min_acc for row in found] == [-(4.0 + 2.5) / 2, -(4.0 + 2.5) / 2]


def test_the_api_has_the_same_figures(signed_in, project, alice):
    base = feed(run_of(project, alice, "Base"), {"prose": 0.62, "code": 0.38})
    run = feed(run_of(project, alice, base=base), {"code": 1.0})
    said = signed_in(alice).get(reverse("api:compare-diagnostics"), {"runs": run.pk}).json()
    (row,) = said["forgetting"]
    assert (row["min_acc"], row["wc_acc"], row["learned_now"]) == (-4.0, -3.0, ["code"])
    gap = next(gap for gap in said["gaps"] if gap["domain"] == "prose")
    assert (gap["wf"], gap["rewarming"], gap["shift"]) == (1.0, 1.0, 0.0)  # its data are the base's
    assert said["over_seeds"] == []

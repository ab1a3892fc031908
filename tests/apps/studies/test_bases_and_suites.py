"""Seeds that go on from their own bases, and suites of questions that every run is asked."""

import pytest

from apps.comparisons.selectors import compare, view_of
from apps.runs import selectors
from apps.runs.models import Run
from apps.studies import services
from apps.studies.kinds import design_of
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(study):
    recipe = {"schedules": [{"peak": 3e-3}], "batch_size": 4, "context": 64}
    asked = {"base": str(study.base.pk), "dataset": str(study.code.pk), "tokens": 24_000, "rates": [0, 0.25]}
    return asked | {"seeds": [5, 6], "recipe": recipe}


@pytest.fixture
def sibling(study, alice):
    """The base once more under another seed."""
    both = [study.prose, study.code]
    return factories.train(
        factories.run("Base: 62 % prose, seed 1", study.mixed, alice, both, seed=1), level=3.6, cost=0
    )


@pytest.fixture
def run(study, alice):
    def run(asked):
        return services.run_study(project=study.project, kind="replay", params=asked, by=alice)

    return run


def test_each_seed_goes_on_from_its_own_base_and_has_its_own_control(study, sibling, asked, run):
    made, queued = run(asked | {"own_bases": True})
    runs = selectors.for_comparison(Run.objects.all(), [cell["run"] for cell in made.cells])
    assert queued == 6
    assert [(run.seed, run.base) for run in runs] == [(5, study.base), (6, sibling)] * 3
    assert made.params["bases"] == [str(study.base.pk), str(sibling.pk)]
    assert made.cells[-1]["arm"] == "Re-warming control: Base: 62 % prose again"
    assert run(made.params) == (made, 0)
    named = {"bases": [str(sibling.pk), str(study.base.pk)], "seeds": [6, 5], "base": str(sibling.pk)}
    assert run(asked | named) == (made, 0), "the same pairs in another order"
    compared = compare(runs, view_of({}, made.comparison.view))
    assert compared.uncontrolled == []
    assert "The runs continue from 2 bases that differ in their seed alone." in compared.evidence


def test_a_study_of_one_base_shares_no_run_with_it_but_those_of_that_base(study, sibling, asked, run):
    run(asked)
    made, queued = run(asked | {"own_bases": True})
    assert queued == 3, "those of the second seed"


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"own_bases": True, "seeds": [1, 2, 3]}, "own_bases", "3 seeds need as many bases, and only 2"),
        ({"bases": ["Base: 62 % prose"]}, "bases", "one base a seed"),
        ({"bases": ["Base: 62 % prose", "Code alone"]}, "bases", "more than its seed"),
        (
            {"base": "Code alone", "bases": ["Base: 62 % prose", "Base: 62 % prose, seed 1"]},
            "base",
            "not among the bases",
        ),
        ({"suites": ["none"]}, "suites", "no suite none"),
    ],
)
def test_what_cannot_be_is_refused_at_its_parameter(study, sibling, asked, change, field, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        design_of("replay", study.project, asked | change)
    assert refused.value.field == f"params.{field}"


def test_every_run_is_asked_the_suites_and_one_that_was_not_does_not_count(study, asked, run, alice):
    run(asked)
    suite = factories.suite(study.project, alice)
    made, queued = run(asked | {"suites": [suite.name]})
    assert queued == 6
    assert made.params["suites"] == [str(suite.pk)]
    found = Run.objects.filter(pk__in=[cell["run"] for cell in made.cells])
    assert all(list(run.suites.all()) == [suite] for run in found)
    assert run(asked)[1] == 0, "runs that are asked more count where less is asked"

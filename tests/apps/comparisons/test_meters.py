"""The guideline meters of compared runs: each plan in its run's own batches."""

import pytest
from django.urls import reverse

from apps.comparisons.meters import meters_of
from apps.curricula.plan_meters import measure_plans
from apps.runs.models import Run
from apps.runs.selectors import for_comparison
from apps.scores.models import ScoreSet

pytestmark = pytest.mark.django_db


def runs_of(everything) -> list[Run]:
    return for_comparison(Run.objects.all(), [run.pk for run in everything.project.runs.order_by("created_at")])


def address(runs) -> str:
    return f"{reverse('comparisons:meters')}?runs={','.join(str(run.pk) for run in runs)}"


def test_each_run_is_measured_in_its_own_batches(everything):
    runs = [run for run in runs_of(everything) if run.plan.artifact_id]
    assert runs
    for row, run in zip(meters_of(runs), runs, strict=True):
        batch = run.recipe["batch_size"], run.recipe["context"]
        assert (row.measured.batch_size, row.measured.context) == batch
        (alone,) = measure_plans([(run.plan, *batch)], project=run.project)
        assert row.measured.meters == alone.meters
        assert not row.sentence


def test_a_run_whose_plan_cannot_be_measured_says_why_and_hides_no_other(everything):
    runs = [run for run in runs_of(everything) if run.plan.artifact_id][:2]
    runs[0].recipe = {**runs[0].recipe, "batch_size": 10**6}
    first, second = meters_of(runs)
    assert first.measured is None and "choose smaller batches" in first.sentence
    assert second.measured.meters.overall


def test_without_any_scores_it_says_so(everything):
    ScoreSet.objects.all().delete()
    runs = [run for run in runs_of(everything) if run.plan.artifact_id]
    assert {row.sentence for row in meters_of(runs)} == {"No sample of its plan has scores."}


def test_many_runs_ask_the_database_no_more_often_than_one(everything, django_assert_num_queries):
    for count in (1, 4):
        runs = [run for run in runs_of(everything) if run.plan.artifact_id][:count]
        with django_assert_num_queries(2):
            meters_of(runs)


def test_the_page_fetches_the_table_which_has_a_row_a_run(everything, signed_in, vera):
    client, runs = signed_in(vera), runs_of(everything)[:3]
    page = client.get(reverse("comparisons:compare"), {"runs": ",".join(str(run.pk) for run in runs)})
    assert f'hx-get="{address(runs)}"' in page.content.decode()
    table = client.get(address(runs)).content.decode()
    assert "<html" not in table
    assert all(run.name in table for run in runs)
    assert "Coverage" in table and "do not grade" in table


@pytest.mark.parametrize("query", ["", "?runs=", "?runs=x"])
def test_a_table_of_no_runs_is_not_found(everything, signed_in, vera, query):
    assert signed_in(vera).get(reverse("comparisons:meters") + query).status_code == 404


def test_a_stranger_finds_nothing(everything, signed_in, charlie):
    assert signed_in(charlie).get(address(runs_of(everything)[:1])).status_code == 404


def test_the_api_says_them_beside_the_other_findings(everything, signed_in, vera):
    run = next(run for run in runs_of(everything) if run.plan.artifact_id)
    answer = signed_in(vera).get(reverse("api:compare-diagnostics"), {"runs": str(run.pk)}).json()
    (row,) = answer["meters"]
    assert row["run"] == 0 and row["sentence"] == ""
    (found,) = meters_of([run])
    assert row["meters"]["overall"]["boundary"]["end"] == found.measured.meters.overall.boundary.end
    assert row["meters"]["overall"]["cycles"]["reading"].endswith(".")

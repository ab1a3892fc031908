import pytest

from apps.jobs.models import Status
from apps.site.demo import selectors, services, spec

pytestmark = pytest.mark.django_db


def test_the_demo_is_created_once_a_person(alice, bob):
    first = services.create_demo(by=alice)
    assert services.create_demo(by=alice) == first
    assert services.create_demo(by=bob) != first
    assert first.is_demo
    assert first.name == spec.PROJECT


def test_the_demos_jobs_wait_for_each_other_and_only_the_imports_and_nothing_else_can_start(alice):
    project = services.create_demo(by=alice)
    ready = [job for job in project.jobs.all() if not job.after.exists()]
    assert sorted(job.title for job in ready) == ["Import Python's code version 1", "Import Python's prose version 1"]


def test_the_demo_compares_three_continuations_of_one_base_and_two_orders_from_fresh_weights(alice):
    project = services.create_demo(by=alice)
    shift, order = project.comparisons.order_by("created_at")
    arms = project.runs.filter(pk__in=shift.runs)
    assert arms.count() == 3
    assert len({arm.base_id for arm in arms}) == 1
    fresh = project.runs.filter(pk__in=order.runs)
    assert [run.base for run in fresh] == [None, None]
    methods = {run.version.draft["phases"][0]["streams"][0]["ordering"]["method"] for run in fresh}
    assert methods == {"shuffle", "saw"}


def test_progress_counts_jobs_and_names_what_failed(alice):
    project = services.create_demo(by=alice)
    jobs = list(project.jobs.order_by("created_at"))
    project.jobs.filter(pk=jobs[0].pk).update(status=Status.SUCCEEDED)
    project.jobs.filter(pk=jobs[1].pk).update(status=Status.FAILED, reason="The disk is full.")
    told = selectors.progress(project)
    assert (told.jobs_total, told.jobs_done, told.finished) == (len(jobs), 1, False)
    assert told.failed == [(jobs[1].title, "The disk is full.")]


def test_a_smaller_demo_asks_the_same_question_with_fewer_steps(alice):
    small = spec.Sizes(
        one_in_prose=10, one_in_code=20, context=32, batch=4, base_steps=6, arm_steps=4, order_steps=5, precision="fp32"
    )
    project = services.create_demo(by=alice, sizes=small)
    budgets = [run.version.draft["phases"][0]["tokens"] for run in project.runs.order_by("created_at")]
    assert budgets == [6 * 128, 4 * 128, 4 * 128, 4 * 128, 5 * 128, 5 * 128]
    assert {run.recipe["precision"] for run in project.runs.all()} == {"fp32"}
    read = {
        version.source["part"]: version.source["one_in"] for d in project.datasets.all() for version in d.versions.all()
    }
    assert read == {"prose": 10, "code": 20}


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "fp32")])
def test_the_demo_trains_less_and_in_32_bits_where_bf16_is_only_emulated(monkeypatch, native, precision):
    monkeypatch.setattr(spec, "bf16_is_native", lambda: native)
    sizes = spec.sizes_here()
    assert sizes.precision == precision
    assert (sizes.base_steps < spec.SIZES.base_steps) is not native

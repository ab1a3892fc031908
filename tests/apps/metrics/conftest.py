import pytest


def make_run(project, by, name="run"):
    from apps.curricula.models import Curriculum, CurriculumVersion, Plan
    from apps.jobs.models import Job
    from apps.runs.models import Run

    curriculum, _ = Curriculum.objects.get_or_create(project=project, name="order")
    version, _ = CurriculumVersion.objects.get_or_create(curriculum=curriculum, number=1, defaults={"draft": {}})
    jobs = [Job.objects.create(project=project, kind=kind, title=name, queue="cpu") for kind in ("plan", "train")]
    plan, _ = Plan.objects.get_or_create(version=version, seed=0, defaults={"job": jobs[0]})
    return Run.objects.create(project=project, name=name, version=version, plan=plan, recipe={}, job=jobs[1])


@pytest.fixture
def run(project, alice):
    return make_run(project, alice)

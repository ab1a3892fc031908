"""A job that plays its script and reports what it is given at its end."""

from apps.jobs.models import Artifact, Job
from gradatim.errors import UserError
from tests.workers.kinds import report, script
from workers.work import Work


def prepare(job) -> Work:
    document = script(job)
    if "refuse" in document:
        raise UserError(document["refuse"])
    inputs = list(Artifact.objects.filter(digest__in=document.get("inputs", [])))
    continues = list(Job.objects.filter(pk__in=document.get("continues", [])))
    return Work(task="fake", params={"steps": document.get("steps", [])}, seed=7, inputs=inputs, continues=continues)


def finish(job, artifacts, notes) -> None:
    if script(job).get("finish") == "breaks":
        raise RuntimeError("the adapter broke")
    digests = {role: row.digest for role, row in artifacts.items()}
    report(job, artifacts=digests, notes=[note.data for note in notes], status=job.status)

import json

from apps.comparisons.settings import differing
from apps.datasets.models import Dataset, DatasetVersion
from apps.jobs.models import Artifact
from tests.apps.runs.builders import job_of, run_of


def labels(runs):
    return {setting.label: setting.values for setting in differing(runs).settings}


def test_only_settings_that_differ_are_listed_and_the_rest_is_counted(project, alice):
    runs = [run_of(project, alice, "One", peak=1e-3), run_of(project, alice, "Two", peak=3e-4, seed=7)]
    found = labels(runs)
    assert found["Schedule 1 peak"] == ["0.001", "0.0003"]
    assert found["Seed"] == ["0", "7"]
    assert "Batch size" not in found
    assert differing(runs).same > 5


def test_a_base_is_told_by_name_and_not_by_digest(project, alice):
    base = run_of(project, alice, "Base")
    found = labels([base, run_of(project, alice, "Code", base=base)])
    assert found["Starts from"] == ["fresh weights", "Base"]
    assert not any("e" * 12 in value for values in found.values() for value in values)


def test_data_are_called_by_the_names_of_the_runs_own_project_only(project, alice):
    runs = [run_of(project, alice, "One"), run_of(project, alice, "Two")]
    document = json.loads(runs[1].document)
    document["curriculum"]["phases"][0]["streams"][0]["dataset"] = "9" * 64
    runs[1].document = json.dumps(document)
    for digest, owner, name in (("a" * 64, project, "Ours"), ("9" * 64, other_project(), "Theirs")):
        artifact = Artifact.objects.create(kind="dataset", digest=digest, size=1)
        dataset = Dataset.objects.create(project=owner, name=name)
        DatasetVersion.objects.create(
            dataset=dataset, number=1, source={}, artifact=artifact, job=job_of(owner, alice, "import_dataset")
        )
    assert labels(runs)["Phase 1, code: dataset"] == ["Ours, version 1", "9" * 12]


def test_a_model_folder_of_the_server_is_not_told(project, alice):
    runs = [run_of(project, alice, "One"), run_of(project, alice, "Two")]
    document = json.loads(runs[1].document)
    document["recipe"]["model"] = {"folder": "/srv/secret/llama"}
    runs[1].document = json.dumps(document)
    assert "/srv" not in json.dumps(labels(runs))


def other_project():
    from apps.accounts.models import Project

    return Project.objects.create(name="Elsewhere")

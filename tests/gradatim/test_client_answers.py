"""Studies through the client: the snippet of docs/studies.md is the test."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from gradatim import client as client_module
from gradatim.client import Client, Refused
from tests.conftest import person

SNIPPET = re.findall(
    r"```python\n(.*?)```", (Path(__file__).resolve().parents[2] / "docs/studies.md").read_text(), re.S
)


@pytest.mark.django_db(transaction=True)
def test_a_study_is_forecast_run_and_read(live_server, monkeypatch, capsys):
    from apps.accounts import tokens
    from apps.accounts.models import Project
    from apps.jobs.selectors import claimable
    from tests.apps import factories, recorded

    project = Project.objects.create(name="Replay study")
    dora = person("dora", project, "editor")
    made = recorded.study(by=dora, project=project, samples=40)

    def work(seconds):
        job = claimable().first()
        factories.train(job.run, level=3.0, cost=0.2, steps=20) if job.kind == "train" else factories.perform(job)

    monkeypatch.setattr(client_module.time, "sleep", work)
    client = Client(live_server.url, tokens.create_token(user=dora, name="script", scope="write")[1])
    known = {"client": client, "project": str(project.pk), "base": str(made.base.pk), "code": str(made.code.pk)}
    for snippet in SNIPPET:
        exec(compile(snippet, "docs/studies.md", "exec"), known)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("6 0 ")
    assert any("25 % replay gap depth" in line for line in lines)
    study = client.study(known["study"])
    assert (study.done, study.total, study.queued, known["study"].queued) == (6, 6, 0, 6)
    assert [row.id for row in client.studies(project.pk)] == [study.id]
    with pytest.raises(Refused) as refused:
        client.run_study(project.pk, "replay", **known["asked"] | {"rates": [2]})
    assert refused.value.field == "params.rates"


def test_rows_stand_in_lists_and_alone_as_they_came(monkeypatch):
    sent = []
    monkeypatch.setattr(Client, "_ask", lambda self, method, path, body: sent.append(json.dumps(body["params"])) or {})
    run, suite = SimpleNamespace(id="r1"), SimpleNamespace(id="s1")
    asked = {"base": run, "bases": [run, "r2"], "suites": (suite,), "rates": [0, 0.25], "recipe": {"batch_size": 4}}
    Client("http://127.0.0.1", "token").forecast_study("p1", "replay", **asked)
    assert [json.loads(text) for text in sent] == [
        asked | {"base": "r1", "bases": ["r1", "r2"], "suites": ["s1"]},
    ]

"""The client against a running server; docs/api.md is what a person would type, so its snippets are the test."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from apps.datasets.models import Tokenizer
from gradatim import client as client_module
from gradatim import transport
from gradatim.client import Client, Refused
from gradatim.corpora import tokenizers
from gradatim.errors import UserError
from gradatim.redirects import NoRedirect

PAGE = Path(__file__).resolve().parents[2] / "docs/api.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)


@pytest.fixture
def token(transactional_db):
    from apps.accounts import tokens
    from tests.conftest import person

    return tokens.create_token(user=person("dora"), name="script", scope="write")[1]


@pytest.fixture
def client(live_server, token):
    return Client(live_server.url, token)


@pytest.fixture
def worker(monkeypatch):
    """While the client waits, the next job is done here, as a worker would."""
    from apps.jobs.selectors import claimable
    from tests.apps import factories

    def work(seconds):
        job = claimable().first()
        assert job, "the client waits for a job that nobody can do"
        if job.kind == "train":
            factories.train(job.run, level=3.0, cost=0.2, steps=20)
        else:
            factories.perform(job)

    monkeypatch.setattr(client_module.time, "sleep", work)


def samples(path: Path, rows: int = 60) -> Path:
    texts = [
        {"question": f"What is {n} times {n}?", "answer": f"It is {n * n}, {'as you know ' * (n % 7)}"}
        for n in range(rows)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in texts))
    return path


def test_the_snippets_of_the_documentation_do_what_they_say(
    live_server, token, worker, tmp_path, monkeypatch, capsys, settings
):
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADATIM_URL", live_server.url)
    monkeypatch.setenv("GRADATIM_TOKEN", token)
    samples(tmp_path / "samples.jsonl")
    known = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "docs/api.md", "exec"), known)
    said = capsys.readouterr().out
    assert known["version"].rows == 60
    assert len(known["curriculum"].digest) == 64
    assert [run.seed for run in known["runs"]] == [0, 1]
    assert all(run.job.status == "succeeded" for run in known["runs"])
    assert known["loss"].values.dtype == np.float64
    assert len(known["loss"].values) == known["loss"].total == 21
    assert "/s/" in known["link"].url
    assert known["client"].shares(known["project"])[0].state == "revoked"
    assert "params.unit" in said
    assert said.rstrip().endswith("cancelled")


def test_an_upload_that_broke_off_goes_on_where_it_was(client, tmp_path, settings, monkeypatch):
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    path = samples(tmp_path / "samples.jsonl", 400)
    project = client.create_project("Uploads")
    monkeypatch.setattr(client_module, "PIECE", 8192)
    sent = []
    ask = Client._ask

    def breaks(self, method, path, **more):
        if method == "PUT":
            sent.append(path)
            if len(sent) == 3:
                raise ConnectionError("the line broke")
        return ask(self, method, path, **more)

    monkeypatch.setattr(Client, "_ask", breaks)
    with pytest.raises(ConnectionError):
        client.upload(project, path)
    file = client.upload(project, path)
    assert file.complete
    assert file.received == path.stat().st_size
    offsets = [int(each.rpartition("=")[2]) for each in sent]
    assert offsets[:4] == [0, 8192, 16384, 16384]


def test_a_tokenizer_comes_with_its_chat_template(client, worker, tmp_path, settings):
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    path, template = tmp_path / "tokenizer.json", tmp_path / "chat_template.jinja"
    tokenizers.train_bpe(["some words to learn from"], 270).save(str(path))
    template.write_text("{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}")
    made = client.wait(client.bring_tokenizer(client.create_project("Chats"), "Chatty", path, template=template))
    assert made.name == "Chatty"
    kept = Tokenizer.objects.get(name="Chatty").artifact
    assert kept.meta["chat"]["between"] == "\n<assistant> "


def test_lists_are_read_to_their_end(client, monkeypatch):
    monkeypatch.setattr(transport, "PAGE", 2)
    for n in range(5):
        client.create_project(f"Project {n}")
    assert sorted(project.name for project in client.projects()) == [f"Project {n}" for n in range(5)]


def test_what_is_refused_names_its_field_and_status(client):
    with pytest.raises(Refused) as refused:
        client.create_project("")
    assert (refused.value.field, refused.value.status) == ("name", 400)
    with pytest.raises(UserError) as refused:
        client.datasets("00000000-0000-4000-8000-000000000000")
    assert refused.value.status == 404


def test_a_revoked_token_is_refused_with_401(client):
    from apps.accounts.models import ApiToken
    from apps.accounts.tokens import revoke_token

    assert client.projects() == []
    revoke_token(token=ApiToken.objects.get())
    with pytest.raises(Refused, match="unknown, expired or revoked") as refused:
        client.projects()
    assert refused.value.status == 401


def test_a_job_that_fails_or_takes_too_long_is_said(client, worker, monkeypatch):
    from apps.accounts.models import Project, User
    from apps.jobs import services as jobs
    from tests.apps import factories

    project = Project.objects.get(pk=client.create_project("Jobs").id)
    job = jobs.enqueue(project=project, kind="train", title="Train it", queue="gpu", by=User.objects.get())
    with pytest.raises(TimeoutError, match="Train it is queued"):
        client.wait(str(job.pk), timeout=0)
    factories.end(job, lines=["step 0"], outcome="failed", reason="The loss became NaN.")
    assert list(client.log(str(job.pk))) == ["step 0"]
    with pytest.raises(UserError, match="The loss became NaN"):
        client.wait(str(job.pk))


def test_the_token_is_neither_shown_nor_sent_elsewhere(client, token, live_server):
    assert token not in repr(client)
    with pytest.raises(UserError, match="not as an installation"):
        Client(f"{live_server.url}/accounts/login/?next=", token).projects()


def test_an_address_that_nobody_answers_is_said_in_words():
    with pytest.raises(UserError, match="cannot be reached"):
        Client("http://127.0.0.1:9", "grd_x", timeout=2).projects()
    with pytest.raises(UserError, match="address of the installation"):
        Client("gradatim.example.org", "grd_x")


def test_a_redirect_is_an_error_and_not_followed():
    handler = NoRedirect()
    assert handler.redirect_request(None, None, 302, "Found", {}, "http://elsewhere.example/") is None

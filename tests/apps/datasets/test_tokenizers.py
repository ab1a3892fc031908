"""Tokenizers in the browser: trained, brought, tried, counted."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.common import lookup
from apps.datasets import tokenizer_selectors
from apps.datasets.models import Tokenizer
from apps.jobs.models import Job
from tests.apps import factories

pytestmark = pytest.mark.django_db


def file_of(data, name="tokenizer.json"):
    content = (lookup.folder(data.tokenizer.artifact) / "tokenizer.json").read_bytes()
    return SimpleUploadedFile(name, content)


def test_an_editor_trains_a_tokenizer_on_two_datasets(signed_in, bob, data):
    asked = {"name": "Small", "versions": [data.prose.pk, data.code.pk], "vocab_size": "300"}
    answer = signed_in(bob).post(reverse("tokenizers:train", args=[data.project.pk]), asked, follow=True)
    assert "This tokenizer is being made" in answer.content.decode()
    made = factories.done(Tokenizer.objects.get(name="Small"))
    assert made.vocab_size == 300
    assert made.artifact.meta["trained_on"] == sorted(
        [data.code.artifact.digest, data.prose.artifact.digest],
        key=[data.prose.artifact.digest, data.code.artifact.digest].index,
    )
    page = signed_in(bob).get(reverse("tokenizers:detail", args=[made.pk])).content.decode()
    assert "byte-level BPE" in page
    assert "Language reference, version 1" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"vocab_size": "100"}, "vocab_size"),
        ({"vocab_size": "many"}, "vocab_size"),
        ({"versions": []}, "versions"),
        ({"name": " "}, "name"),
        ({"name": "Prose and code"}, "name"),
    ],
)
def test_what_cannot_be_trained_is_said_at_its_field_and_nothing_is_lost(signed_in, bob, data, changes, field):
    asked = {"name": "Small", "versions": [data.prose.pk], "vocab_size": "300"} | changes
    page = signed_in(bob).post(reverse("tokenizers:train", args=[data.project.pk]), asked).content.decode()
    assert f'id="id_{field}_error"' in page
    assert f'value="{asked["vocab_size"]}"' in page
    assert Tokenizer.objects.count() == 1


def test_a_tokenizer_json_is_taken_as_it_is(signed_in, bob, data):
    asked = {"name": "Theirs", "file": file_of(data), "end_of_text": ""}
    signed_in(bob).post(reverse("tokenizers:upload", args=[data.project.pk]), asked)
    made = factories.done(Tokenizer.objects.get(name="Theirs"))
    assert made.vocab_size == data.tokenizer.vocab_size
    assert made.artifact.meta["trained_on"] == []
    answer = signed_in(bob).get(reverse("tokenizers:download", args=[made.pk]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tokenizer.json"'
    assert json.loads(b"".join(answer.streaming_content))["model"]["type"] == "BPE"
    assert (
        "Uploaded as a tokenizer.json."
        in signed_in(bob).get(reverse("tokenizers:detail", args=[made.pk])).content.decode()
    )


@pytest.mark.parametrize("content", [b"{}", b"not json", b'{"version": "1.0", "model": {"type": "BPE"}}', b"\xff\xfe"])
def test_what_is_no_tokenizer_is_refused_before_there_is_a_job(signed_in, bob, data, content):
    before = Job.objects.count()
    asked = {"name": "Theirs", "file": SimpleUploadedFile("tokenizer.json", content), "end_of_text": ""}
    page = signed_in(bob).post(reverse("tokenizers:upload", args=[data.project.pk]), asked).content.decode()
    assert re.search(r'id="id_file_error"><p class="error" role="alert">', page)
    assert 'value="Theirs"' in page
    assert Job.objects.count() == before


def test_an_end_of_text_that_is_not_in_the_vocabulary_is_said_at_its_field(signed_in, bob, data):
    asked = {"name": "Theirs", "file": file_of(data), "end_of_text": "</nothing>"}
    page = signed_in(bob).post(reverse("tokenizers:upload", args=[data.project.pk]), asked).content.decode()
    assert 'id="id_end_of_text_error"' in page


def test_a_file_larger_than_any_tokenizer_is_refused(signed_in, bob, data, monkeypatch):
    monkeypatch.setattr("apps.datasets.tokenizer_services.LIMIT", 10)
    asked = {"name": "Theirs", "file": file_of(data), "end_of_text": ""}
    page = signed_in(bob).post(reverse("tokenizers:upload", args=[data.project.pk]), asked).content.decode()
    assert "The file is larger than" in page


def test_a_text_is_shown_in_its_tokens_to_every_member(signed_in, vera, data, htmx):
    address = reverse("tokenizers:detail", args=[data.tokenizer.pk])
    text = "step by step <b>Grüße</b> 😀"
    page = signed_in(vera).post(address, {"text": text}, headers=htmx).content.decode()
    assert "<html" not in page
    assert "&lt;" in page and "<b>Grüße</b>" not in page
    tried = tokenizer_selectors.tried(data.tokenizer, "return value")
    assert "".join(piece for piece, _ in tried.pieces) == "return value"
    assert tried.bytes == 12
    whole = signed_in(vera).post(address, {"text": "def"}).content.decode()
    assert "Prose and code" in whole and "bytes a token" in whole
    assert "Type a text" in signed_in(vera).post(address, {"text": ""}, headers=htmx).content.decode()


def test_tokens_by_dataset_say_bytes_a_token_and_more_can_be_made(signed_in, bob, vera, alice, data):
    version = factories.dataset(data.project, alice, "More", factories.code_rows(5))
    address = reverse("tokenizers:detail", args=[data.tokenizer.pk])
    counted = tokenizer_selectors.tokens_by_version(data.tokenizer)
    code = next(row for row in counted if row["row"].version == data.code)
    assert code["bytes_per_token"] == pytest.approx(data.code.artifact.meta["bytes"] / code["tokens"])
    assert "Make its tokens" not in signed_in(vera).get(address).content.decode()
    assert signed_in(vera).post(reverse("tokenizers:count", args=[data.tokenizer.pk])).status_code == 403
    signed_in(bob).post(reverse("tokenizers:count", args=[data.tokenizer.pk]), {"version": version.pk})
    assert version.tokenized.get().tokenizer == data.tokenizer
    asked = {"HX-Request": "true", "HX-Target": "counts"}
    assert 'hx-trigger="poll"' in signed_in(vera).get(address, headers=asked).text
    factories.done(version.tokenized.get())
    assert "hx-trigger" not in signed_in(vera).get(address, headers=asked).text
    assert "Make its tokens" not in signed_in(bob).get(address).content.decode()


def test_tokens_are_asked_for_where_they_are_missed(signed_in, bob, vera, alice, data):
    version = factories.dataset(data.project, alice, "More", factories.code_rows(5))
    address = reverse("datasets:version", args=[version.pk])
    assert "Count with Prose and code" in signed_in(bob).get(address).text
    seen = signed_in(vera).get(address).text
    assert "not counted yet" in seen and "Count with" not in seen
    asked = {"version": version.pk, "back": "version"}
    assert signed_in(bob).post(reverse("tokenizers:count", args=[data.tokenizer.pk]), asked).url == address
    page = signed_in(bob).get(address).text
    assert "Prose and code" in page and "Count with" not in page and "not counted yet" not in page


def test_a_viewer_makes_none_and_a_stranger_sees_none(signed_in, vera, charlie, data):
    for name in ("tokenizers:train", "tokenizers:upload"):
        assert signed_in(vera).get(reverse(name, args=[data.project.pk])).status_code == 403
        assert signed_in(charlie).get(reverse(name, args=[data.project.pk])).status_code == 404
    page = signed_in(vera).get(reverse("tokenizers:list", args=[data.project.pk])).content.decode()
    assert "Prose and code" in page and "Train a tokenizer" not in page
    assert signed_in(charlie).get(reverse("tokenizers:detail", args=[data.tokenizer.pk])).status_code == 404


def test_a_list_of_many_tokenizers_costs_no_more_queries(signed_in, vera, alice, data, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from apps.datasets import tokenizer_services

    address = reverse("tokenizers:list", args=[data.project.pk])
    client = signed_in(vera)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    for k in range(5):
        tokenizer_services.train(
            project=data.project, name=f"T{k}", versions=[data.prose, data.code], vocab_size=300, by=alice
        )
    with django_assert_num_queries(len(few)):
        client.get(address)


def test_a_panic_of_the_library_is_a_sentence_at_the_field(signed_in, vera, data, monkeypatch, htmx):
    class PanicException(BaseException):
        pass

    class Broken:
        def __init__(self, folder):
            self.backend = self

        def encode(self, text, add_special_tokens):
            raise PanicException

    monkeypatch.setattr("apps.datasets.tokenizer_selectors.tokenizers.Tokenizer", Broken)
    address = reverse("tokenizers:detail", args=[data.tokenizer.pk])
    page = signed_in(vera).post(address, {"text": "x"}, headers=htmx).content.decode()
    assert "The tokenizer&#x27;s library gives up on this." in page


def test_a_chat_template_comes_along_and_frames_prompts(signed_in, bob, data):
    address = reverse("tokenizers:upload", args=[data.project.pk])
    asked = {"name": "Chatty", "end_of_text": ""}
    broken = SimpleUploadedFile("chat_template.jinja", b"{% for m in %}")
    page = signed_in(bob).post(address, asked | {"file": file_of(data), "template": broken}).content.decode()
    assert re.search(r'id="id_template_error">\s*<p class="error" role="alert">Line 1 of the template', page)
    assert not Tokenizer.objects.filter(name="Chatty").exists()
    source = b"{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
    template = SimpleUploadedFile("chat_template.jinja", source)
    signed_in(bob).post(address, asked | {"file": file_of(data), "template": template})
    made = factories.done(Tokenizer.objects.get(name="Chatty"))
    assert made.artifact.meta["chat"]["between"] == "\n<assistant> "
    assert (lookup.folder(made.artifact) / "chat_template.jinja").read_bytes() == source
    page = signed_in(bob).get(reverse("tokenizers:detail", args=[made.pk])).content.decode()
    assert "&lt;user&gt; <mark>prompt</mark>\n&lt;assistant&gt; <mark>answer</mark>" in page

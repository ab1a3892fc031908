"""Score sets made in the browser: by a method, and from a file."""

import json
import re
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Project
from apps.common import lookup
from apps.jobs.models import Job, Status
from apps.scores import services, uploads
from apps.scores.forecast import forecast
from apps.scores.models import ScoreSet
from apps.trash import needs
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db


def sent(data, **changes):
    asked = {"version": data.code.pk, "name": "", "params-method": "compression_ratio", "params-level": "6"}
    return {**asked, "params-window": "0", "params-of": "scores.compression_ratio", **changes}


def test_an_editor_starts_a_score_set_and_lands_on_its_page(signed_in, bob, data):
    client = signed_in(bob)
    answer = client.post(reverse("scores:new", args=[data.project.pk]), sent(data, name="Tight"), follow=True)
    made = ScoreSet.objects.get(name="Tight")
    assert made.params == {"level": 6, "window": 0}
    assert made.job.status == Status.QUEUED
    page = answer.content.decode()
    assert "This score set is being made" in page
    assert 'data-poll="2"' in page
    assert "next in the cpu queue" in page


def test_a_viewer_is_told_and_a_stranger_sees_nothing(signed_in, vera, charlie, data):
    for name in ("scores:new", "scores:upload", "scores:forecast"):
        address = reverse(name, args=[data.project.pk])
        assert signed_in(vera).get(address).status_code == 403
        assert signed_in(charlie).get(address).status_code == 404
    assert signed_in(vera).post(reverse("scores:new", args=[data.project.pk]), sent(data)).status_code == 403
    assert "New score set" not in signed_in(vera).get(reverse("scores:list", args=[data.project.pk])).content.decode()


def test_a_parameter_out_of_bounds_stands_at_its_field_and_nothing_typed_is_lost(signed_in, bob, data):
    asked = sent(data, name="Tight", **{"params-level": "11"})
    page = signed_in(bob).post(reverse("scores:new", args=[data.project.pk]), asked).content.decode()
    assert re.search(r'id="id_params-level_error">\s*<p class="error" role="alert">At most 9\.<', page)
    assert 'value="Tight"' in page
    assert 'value="11"' in page
    assert ScoreSet.objects.filter(name="Tight").count() == 0


def test_without_script_another_method_brings_its_fields_first(signed_in, bob, data):
    asked = sent(data, **{"params-method": "length"})
    page = signed_in(bob).post(reverse("scores:new", args=[data.project.pk]), asked).content.decode()
    assert 'name="params-unit"' in page
    assert 'name="tokenizer"' in page
    assert ScoreSet.objects.count() == 2


def test_with_script_the_fields_alone_are_answered(signed_in, bob, data, htmx):
    asked = {"params-method": "perplexity", "version": data.prose.pk, "name": "Mine"}
    answer = signed_in(bob).get(reverse("scores:new", args=[data.project.pk]), asked, headers=htmx)
    page = answer.content.decode()
    assert "<html" not in page
    assert 'name="params-measure"' in page
    assert 'value="Mine"' in page
    assert "no run of this project has finished yet" in page


def test_a_length_in_tokens_gets_the_tokenizer_that_was_chosen(signed_in, bob, data):
    asked = {"version": data.code.pk, "name": "Tokens", "params-method": "length", "params-unit": "tokens"}
    address = reverse("scores:new", args=[data.project.pk])
    page = signed_in(bob).post(address, {**asked, "params-of": "scores.length", "tokenizer": ""}).content.decode()
    assert "Length needs a tokenizer: choose one." in page
    signed_in(bob).post(address, {**asked, "params-of": "scores.length", "tokenizer": data.tokenizer.pk})
    made = factories.done(ScoreSet.objects.get(name="Tokens"))
    assert made.tokenizer == data.tokenizer
    assert made.summary["rows"] == 40


def test_perplexity_takes_model_and_tokenizer_of_a_finished_run(signed_in, bob, study):
    asked = {"version": study.code.pk, "name": "", "params-method": "perplexity", "params-of": "scores.perplexity"}
    asked |= {"params-measure": "loss", "params-precision": "fp32", "checkpoint_of": study.base.pk}
    signed_in(bob).post(reverse("scores:new", args=[study.project.pk]), asked)
    made = ScoreSet.objects.get(method="perplexity")
    assert (made.checkpoint_of, made.tokenizer) == (study.base, study.tokenizer)
    assert made.params["measure"] == "loss"


def test_versions_tokenizers_and_runs_of_other_projects_are_not_offered(signed_in, bob, alice, data):
    other = factories.data(by=alice, samples=10)
    page = (
        signed_in(bob)
        .post(reverse("scores:new", args=[data.project.pk]), sent(data, version=other.code.pk))
        .content.decode()
    )
    assert "Select a valid choice" in page
    assert ScoreSet.objects.filter(version=other.code).count() == 2


def test_a_failed_score_set_leads_to_a_form_with_what_it_was_asked(signed_in, bob, data):
    made = services.create_score_set(version=data.code, method="compression_ratio", params={"level": 3}, by=bob)
    factories.end(made.job, lines=[], outcome="failed", reason="The disk is full.")
    page = signed_in(bob).get(reverse("scores:detail", args=[made.pk])).content.decode()
    assert "The disk is full." in page
    assert f"?like={made.pk}" in page
    form = signed_in(bob).get(reverse("scores:new", args=[data.project.pk]), {"like": made.pk}).content.decode()
    assert 'name="params-level" value="3"' in form


def test_the_live_piece_opens_the_page_anew_when_the_job_is_over(signed_in, bob, data, htmx):
    made = services.create_score_set(version=data.code, method="length", by=bob)
    address = reverse("scores:detail", args=[made.pk])
    piece = signed_in(bob).get(address, headers=htmx).content.decode()
    assert "<html" not in piece and "data-poll" in piece
    factories.done(made)
    assert signed_in(bob).get(address, headers=htmx).headers["HX-Refresh"] == "true"


def test_a_forecast_says_what_was_measured_and_nothing_where_nothing_was(data, bob):
    asked = {"version": data.code, "method": "compression_ratio", "params": {"level": 9, "window": 0}, "queue": "cpu"}
    now = timezone.now()
    Job.objects.filter(pk=data.ratio.job_id).update(started_at=now - timedelta(seconds=50), finished_at=now)
    found = forecast(**asked)
    assert found.rows == 40
    assert found.seconds == pytest.approx(50)
    assert (found.measured_on, found.running, found.waiting) == (1, 0, 0)
    larger = forecast(**{**asked, "version": data.prose})
    ratio = data.prose.artifact.meta["bytes"] / data.code.artifact.meta["bytes"]
    assert larger.seconds == pytest.approx(50 * ratio)
    ScoreSet.objects.filter(method="compression_ratio").delete()
    assert forecast(**asked).seconds is None
    services.create_score_set(version=data.code, method="length", by=bob)
    assert forecast(**asked).waiting == 1


def test_tokens_that_are_not_made_yet_are_reckoned_from_the_tokenizer_s_bytes_a_token(data, alice):
    other = factories.dataset(data.project, alice, "More code", factories.code_rows(12))
    asked = {"method": "length", "params": {"unit": "tokens"}, "queue": "cpu", "tokenizer": data.tokenizer}
    assert not forecast(version=data.code, **asked).estimated
    found = forecast(version=other, **asked)
    assert found.estimated
    assert 0 < found.tokens < other.artifact.meta["bytes"]


def test_the_forecast_follows_the_form(signed_in, bob, data):
    address = reverse("scores:forecast", args=[data.project.pk])
    page = signed_in(bob).get(address, sent(data)).content.decode()
    assert "40 samples" in page
    assert "measured on 1 earlier score set." in page
    page = signed_in(bob).get(address, sent(data, version="")).content.decode()
    assert "Choose a dataset" in page


def csv_of(data, leave_out=(), header="id,score"):
    ids = [row["id"] for row in lookup.dataset(data.code.artifact).rows_at(range(40))]
    lines = [f"{name},{k / 10}" for k, name in enumerate(ids) if k not in leave_out]
    return ids, SimpleUploadedFile("scores.csv", "\n".join([header, *lines]).encode())


def test_scores_from_a_file_are_looked_at_first_and_missing_ones_must_be_placed(signed_in, bob, data):
    client = signed_in(bob)
    ids, file = csv_of(data, leave_out=(3, 5, 8))
    answer = client.post(reverse("scores:upload", args=[data.project.pk]), {"version": data.code.pk, "file": file})
    page = client.get(answer.url).content.decode()
    assert f"3 of 40 samples have no score in the file: {ids[3]}, {ids[5]}, {ids[8]}." in page
    assert 'score <small class="muted">numbers</small>' in page
    asked = {"name": "Mine", "id_column": "id", "column": "score", "missing": "refuse", "higher_means": "harder"}
    refused = client.post(answer.url, asked).content.decode()
    assert re.search(r'id="id_missing_error"><p class="error" role="alert">3 of 40 samples have no score', refused)
    assert 'value="Mine"' in refused
    assert not ScoreSet.objects.filter(name="Mine").exists()
    client.post(answer.url, {**asked, "missing": "highest"})
    made = factories.done(ScoreSet.objects.get(name="Mine"))
    values = np.asarray(lookup.scores(made.artifact))
    assert values[[3, 5, 8]].tolist() == [np.float32(3.9)] * 3
    assert made.artifact.meta["missing_ids"] == [ids[3], ids[5], ids[8]]
    shown = client.get(reverse("scores:detail", args=[made.pk])).content.decode()
    assert "3 of 40 samples have no score in the file" in shown
    assert "They stand at the highest score of the others." in shown
    assert "92.5 %" in shown
    assert "scores of Mine are" in client.get(reverse("scores:histogram", args=[made.pk])).content.decode()
    assert "The file:" not in shown, "nobody gave the file the name that it is kept under"
    assert "The higher the score, the harder the sample." in shown
    assert str(uploads.folder(data.project)) not in shown
    assert str(uploads.folder(data.project)) not in json.dumps(made.artifact.meta)


def test_columns_are_guessed_by_name_and_kind(tmp_path):
    table = pa.table({"note": ["a"], "sample_id": ["x"], "rank": [1], "my_score": [2.5], "z": [3]})
    pq.write_table(table, tmp_path / "file.parquet")
    found = uploads.first_rows(tmp_path / "file.parquet")
    assert (found["id_column"], found["column"]) == ("sample_id", "my_score")
    (tmp_path / "file.csv").write_text("name,value\nx,1\n")
    found = uploads.first_rows(tmp_path / "file.csv")
    assert (found["id_column"], found["column"]) == ("name", "value")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("scores.json", b"{}", "Choose a .csv or .parquet file."),
        ("scores.parquet", b"not parquet at all", "cannot be read as PARQUET"),
        ("scores.csv", b"id\nx\n", "at least two columns"),
        ("scores.csv", b"id,score\n", "at least two columns"),
        ("scores.csv", b"id,score,score\nx,1,2\n", "have the same name"),
        ("scores.csv", b"", "The submitted file is empty"),
    ],
)
def test_files_that_cannot_be_scores_are_refused_at_the_field(signed_in, bob, data, name, content, sentence):
    asked = {"version": data.code.pk, "file": SimpleUploadedFile(name, content)}
    page = signed_in(bob).post(reverse("scores:upload", args=[data.project.pk]), asked).content.decode()
    assert sentence in page
    assert 'id="id_file_error"' in page


def test_a_file_larger_than_the_limit_is_refused(signed_in, bob, data, settings):
    settings.UPLOAD_PLAIN_MAX_BYTES = 50
    _, file = csv_of(data)
    asked = {"version": data.code.pk, "file": file}
    page = signed_in(bob).post(reverse("scores:upload", args=[data.project.pk]), asked).content.decode()
    assert "The file is larger than" in page


def test_a_wrong_id_column_is_said_at_its_field(signed_in, bob, data):
    client = signed_in(bob)
    _, file = csv_of(data, header="score,id")
    answer = client.post(reverse("scores:upload", args=[data.project.pk]), {"version": data.code.pk, "file": file})
    asked = {"name": "M", "id_column": "id", "column": "id", "missing": "median", "higher_means": "harder"}
    page = client.post(answer.url, asked).content.decode()
    assert re.search(r'id="id_(id_column|column)_error"', page)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "a" * 64 + ".csv", "x.csv"])
def test_only_files_that_were_uploaded_to_the_project_can_be_named(signed_in, bob, data, name):
    with pytest.raises(UserError) as caught:
        services.create_score_set(version=data.code, method="imported", params={"path": name or "."}, by=bob)
    assert caught.value.field == "params.path"
    address = reverse("scores:columns", args=[data.code.pk])
    assert signed_in(bob).get(address, {"file": name}).status_code == 400


def test_a_file_of_one_project_is_not_there_for_another(bob, alice, data):
    other = Project.objects.create(name="Other")
    _, file = csv_of(data)
    name = uploads.keep(project=other, file=file)
    assert uploads.path_of(other, name).is_file()
    with pytest.raises(UserError):
        uploads.path_of(data.project, name)


def test_a_file_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path, monkeypatch):
    pq.write_table(pa.table({"id": ["a"] * 1000, "score": [1.0] * 1000}), tmp_path / "file.parquet")
    monkeypatch.setattr(uploads, "UNPACKED", 100)
    with pytest.raises(UserError, match="bring the ids and the scores alone"):
        uploads.first_rows(tmp_path / "file.parquet")


def test_a_list_of_many_score_sets_costs_no_more_queries(signed_in, bob, data, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, address = signed_in(bob), reverse("scores:list", args=[data.project.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for level in range(1, 8):
        services.create_score_set(version=data.code, method="compression_ratio", params={"level": level}, by=bob)
    with django_assert_max_num_queries(len(few)):
        client.get(address)


def test_a_seed_larger_than_a_column_holds_is_refused_over_the_api(signed_in, bob, data):
    body = json.dumps({"version": str(data.code.pk), "method": "length", "seed": 2**63})
    address = reverse("api:project-scores", args=[data.project.pk])
    answer = signed_in(bob).post(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["field"] == "seed"


def test_an_n_gram_model_learns_one_domain_of_a_reference_and_scores_all(signed_in, bob, data, alice):
    address = reverse("scores:new", args=[data.project.pk])
    asked = {"version": data.code.pk, "name": "Like its own words", "params-method": "ngram_perplexity"}
    page = signed_in(bob).get(address, asked).content.decode()
    assert 'name="reference"' in page and 'name="tokenizer"' in page
    asked |= {"params-of": "scores.ngram_perplexity", "params-order": "3", "params-measure": "perplexity"}
    asked |= {"params-reference_tokens": "2000", "tokenizer": data.tokenizer.pk}
    assert "needs a reference" in signed_in(bob).post(address, asked).content.decode()
    chapter = next(iter(data.prose.artifact.meta["domains"]))
    signed_in(bob).post(address, asked | {"reference": data.prose.pk, "params-domain": chapter})
    made = factories.done(ScoreSet.objects.get(method="ngram_perplexity"))
    assert made.artifact.meta["reference"] == data.prose.artifact.digest
    assert made.artifact.meta["higher_means"] == "worse"
    shown = signed_in(bob).get(reverse("scores:detail", args=[made.pk])).content.decode()
    assert f'compared with <a href="{reverse("datasets:version", args=[data.prose.pk])}">' in shown
    assert any("“Like its own words” compares samples with it" in line for line in needs.of_dataset(data.prose.dataset))
    again = services.create_score_set(
        version=data.prose, method="ngram_perplexity", tokenizer=data.tokenizer, reference=data.prose, by=bob
    )
    assert factories.done(again).artifact.meta["reference"] == data.prose.artifact.digest


def test_a_domain_that_the_reference_lacks_is_refused_with_those_that_it_has(bob, data):
    asked = {"version": data.code, "method": "ngram_perplexity", "params": {"domain": "chess"}, "by": bob}
    with pytest.raises(UserError, match="has no domain chess; there are: ") as caught:
        services.create_score_set(**asked, tokenizer=data.tokenizer, reference=data.prose)
    assert caught.value.field == "params.domain"

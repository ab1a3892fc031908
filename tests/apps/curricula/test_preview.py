"""The preview: what a draft will do, told while it is being typed, by the functions that will plan it."""

import re
from datetime import timedelta

import numpy as np
import pytest
from django.http import QueryDict
from django.urls import reverse

from apps.curricula import services, typed
from apps.curricula.builder import Builder
from apps.curricula.choices import choices_of
from apps.curricula.colors import colors_of
from apps.curricula.columns import rate
from apps.curricula.preview import preview_of
from apps.curricula.preview_figures import figures_of
from apps.curricula.serializers import PreviewDetail, PreviewStream
from apps.datasets.models import TokenizedVersion
from gradatim.plans import Plan
from gradatim.plots import order_preview
from tests.apps import factories
from tests.apps.curricula.test_builder import fields

pytestmark = pytest.mark.django_db


def draft_of(data, **changes) -> dict:
    sent = QueryDict(mutable=True)
    for name, value in fields(data, **changes).items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    builder = Builder(typed.read(sent), choices_of(data.project), check=True, named=False)
    assert builder.is_valid(), builder.problems()
    return builder.draft()


def look(client, data, **changes) -> dict:
    address = reverse("curricula:preview", args=[data.project.pk])
    return client.post(address, fields(data, **changes)).json()


def test_kept_rows_and_tokens_passes_and_order_are_those_of_the_plan(data, alice):
    version = factories.phased_curriculum(data, alice)
    plan = factories.done(services.plan_version(version=version, seed=0, by=alice))
    file = Plan(factories.store().get("plan", plan.artifact.digest).path)
    found = preview_of(version.draft, choices_of(data.project))
    assert found.errors == []
    for i, (row, phase) in enumerate(zip(found.phases, file.phases, strict=True)):
        for stream in row.streams:
            k = next(k for k, entry in enumerate(file.streams) if (entry["phase"], entry["name"]) == (i, stream.name))
            assert len(stream.view.kept) == file.streams[k]["kept"]
            assert stream.share == pytest.approx(phase["weights"][stream.name])
            consumed = phase["consumed"][stream.name] * phase["planned_tokens"]
            lengths = stream.data.lengths[stream.view.kept]
            # The plan serves whole samples: at most one beyond the budget, and streams apart by no more than one.
            slack = 2 * int(lengths.max())
            assert stream.tokens == pytest.approx(consumed, abs=slack)
            assert stream.passes == pytest.approx(phase["epochs"][stream.name], abs=slack / lengths.sum())
    code = found.phases[1].streams[1]
    first = (np.asarray(file.stream) == 2) & (np.asarray(file.epoch) == 0)
    np.testing.assert_array_equal(code.view.order, np.asarray(file.position)[first])
    assert code.order == order_preview.bands_of(code.data.scores[code.view.order])


def test_the_page_shows_kept_samples_shares_and_figures(signed_in, alice, data):
    answer = look(signed_in(alice), data)
    assert "samples" in answer["html"]
    assert "75.0 %" in answer["html"]
    assert answer["problems"] == []
    orders, mixture = answer["figures"]["order_preview"], answer["figures"]["mixture"]
    assert "code by length" in orders["reading"]
    names = {trace["name"]: trace["meta"]["color"] for trace in mixture["figure"]["data"]}
    assert names == {"code, planned": 0, "prose, planned": 1}


def test_an_order_is_read_in_words_by_what_its_score_means(signed_in, alice, data):
    order = {"phases-0-streams-0-ordering": "sorting", "phases-0-streams-0-ordering-of": "orderings.sorting"}
    html = look(signed_in(alice), data, **order)["html"]
    assert "Starts with the easiest (lowest length), ends with the hardest (highest length)." in html
    html = look(signed_in(alice), data, **order, **{"phases-0-streams-0-ordering-descending": "on"})["html"]
    assert "Starts with the hardest (highest length), ends with the easiest (lowest length)." in html


def test_the_api_reads_an_order_in_words(data):
    found = PreviewStream(preview_of(draft_of(data), choices_of(data.project)).streams, many=True).data
    assert found[0]["reading"].startswith("Starts with the easiest (lowest length)")


def test_passes_over_a_random_subset_are_small_and_many(signed_in, alice, data):
    start = "phases-0-streams-0-ordering"
    subset = {start: "random_subset", f"{start}-of": "orderings.random_subset", f"{start}-share": "0.25"}
    whole = preview_of(draft_of(data), choices_of(data.project)).streams[0]
    part = preview_of(draft_of(data, **subset), choices_of(data.project)).streams[0]
    assert part.view.repeats and len(part.view.kept) == len(whole.view.kept)
    assert part.tokens == pytest.approx(whole.tokens)
    assert part.passes == pytest.approx(4 * whole.passes, rel=0.2)
    assert len(part.view.order) == pytest.approx(np.ceil(part.passes) * len(part.view.kept) / 4, rel=0.1)
    drawn = sum(part.view.passes.by_domain(part.tokens))
    assert drawn == pytest.approx(part.tokens)


def test_a_stream_that_repeats_more_than_four_times_is_warned_about(signed_in, alice, data):
    answer = look(signed_in(alice), data, **{"phases-0-tokens": "400000"})
    assert "repeats" in answer["html"]
    at_fields = {note["id"]: note["sentence"] for note in answer["notes"] if "Repeats" in note["sentence"]}
    assert re.fullmatch(r"Repeats \d+\.\d times\.", at_fields["id_phases-0-streams-1-weight"])
    draft = factories.mixed_curriculum(data, alice).draft
    draft["phases"][0]["tokens"] = 400_000
    found = preview_of(draft, choices_of(data.project))
    passes = found.streams[0].passes
    assert passes > 4
    assert f"Stream prose repeats {passes:.1f} times." in found.warnings
    assert all(row["passes"] == pytest.approx(passes) for row in found.domains if "reference" in row["dataset"].lower())


def test_a_budget_that_ends_before_the_order_does_is_told(signed_in, alice, data):
    client, words = signed_in(alice), "the budget ends before the order does"
    assert words in look(client, data, **{"phases-0-tokens": "500"})["html"]
    assert words not in look(client, data, **{"phases-0-tokens": "400000"})["html"]


def test_an_empty_field_is_why_nothing_is_drawn_while_scores_are_there(signed_in, alice, data):
    emptied = {f"phases-0-streams-{k}-selection": "top_r" for k in range(2)}
    emptied |= {f"phases-0-streams-{k}-selection-ratio": "" for k in range(2)}
    answer = look(signed_in(alice), data, **emptied)
    assert "still empty" in answer["figures"]["mixture"]["empty"]


@pytest.mark.parametrize(("vocabulary", "least", "most"), [(1024, 2.2, 2.8), (50_000, 3.7, 4.5)])
def test_bytes_a_token_are_guessed_from_the_vocabulary_until_they_are_measured(data, vocabulary, least, most):
    bpe = data.tokenizer
    measured = rate(bpe)
    bpe.vocab_size = vocabulary
    assert rate(bpe) == measured
    bpe.tokenized.all().delete()
    assert least < rate(bpe) < most


def test_a_mistake_in_one_stream_is_told_at_its_field_and_does_not_hide_the_other(signed_in, alice, data):
    answer = look(signed_in(alice), data, **{"phases-0-streams-0-jitter_window": "5000"})
    (problem,) = answer["problems"]
    assert problem["id"] == "id_phases-0-streams-0-jitter_window"
    assert "Shown once the fault is mended." in answer["html"]
    assert "prose by" not in answer["html"]
    assert "Kept" in answer["html"]


def test_a_field_that_cannot_be_read_yet_hides_its_stream_alone(signed_in, alice, data):
    answer = look(signed_in(alice), data, **{"phases-0-streams-0-weight": "", "phases-0-tokens": ""})
    assert {problem["id"] for problem in answer["problems"]} == {
        "id_phases-0-streams-0-weight",
        "id_phases-0-tokens",
    }
    assert "prose" in answer["html"]
    assert "Kept" in answer["html"]


def test_a_stream_that_cannot_be_read_gives_its_colour_to_no_other():
    code, prose = {"name": "code"}, {"name": "prose"}
    assert colors_of([{"streams": [None, prose]}, {"streams": [code, prose]}]) == {"code": 1, "prose": 2}
    assert colors_of([{"streams": [None, prose]}])["prose"] == 2


def test_nothing_at_all_is_no_reason_to_fail(signed_in, alice, data):
    answer = signed_in(alice).post(reverse("curricula:preview", args=[data.project.pk]), {})
    assert "Shown once the fields can be read." in answer.json()["html"]


def test_tokens_are_estimated_from_bytes_until_the_dataset_is_tokenized_and_it_says_so(signed_in, alice, data):
    exact = preview_of(factories.mixed_curriculum(data, alice).draft, choices_of(data.project))
    TokenizedVersion.objects.filter(version=data.prose).delete()
    answer = look(signed_in(alice), data)
    assert "Tokens appear once the dataset is tokenized" in answer["html"]
    draft = factories.curricula.Curriculum.objects.get(name="Base mixture").versions.get().draft
    found = preview_of(draft, choices_of(data.project))
    assert [stream.estimated for stream in found.streams] == [True, False]
    assert found.streams[0].view.tokens == pytest.approx(exact.streams[0].view.tokens, rel=0.5)


def test_data_that_are_being_made_are_waited_for_in_words(signed_in, alice, data):
    waiting = factories.scores.create_score_set(version=data.code, method="length", by=alice)
    answer = look(signed_in(alice), data, **{"phases-0-streams-0-scores": str(waiting.pk)})
    assert "its scores are still being computed" in answer["html"]
    assert answer["problems"] == []


def test_an_order_of_many_samples_is_drawn_from_a_part_and_it_says_so(signed_in, alice, data, monkeypatch):
    monkeypatch.setattr("gradatim.preview.stream_view.__kwdefaults__", {"promised": 0, "field": "", "drawn": 10})
    answer = look(signed_in(alice), data)
    assert "drawn from a random part" in answer["html"]


def test_without_scores_there_is_no_order_to_draw(data, alice):
    draft = factories.mixed_curriculum(data, alice).draft
    records = figures_of(preview_of(draft, choices_of(data.project)))["order_preview"]
    assert [record["name"] for record in records] == ["code by length"]


def test_only_editors_may_ask(signed_in, vera, charlie, data):
    address = reverse("curricula:preview", args=[data.project.pk])
    assert signed_in(vera).post(address).status_code == 403
    assert signed_in(charlie).post(address).status_code == 404


def test_without_script_a_button_shows_the_preview(signed_in, alice, data):
    page = signed_in(alice).post(reverse("curricula:new", args=[data.project.pk]), fields(data, do="preview"))
    assert "75.0 %" in page.content.decode()
    assert not factories.curricula.Curriculum.objects.exists()


def test_steps_and_minutes_are_those_of_the_projects_newest_run(signed_in, alice, data):
    client = signed_in(alice)
    assert "In training" not in look(client, data)["html"]
    mixed = factories.mixed_curriculum(data, alice)
    run = factories.train(factories.run("Mixed", mixed, alice, [data.prose]), level=3.0, cost=0.1)
    said = look(client, data, **{"phases-0-tokens": "25600"})["html"]
    assert '<span class="num">100</span> steps of <span class="num">256</span> tokens' in said
    assert reverse("runs:detail", args=[run.pk]) in said
    run.job.started_at = run.job.finished_at - timedelta(seconds=run.checkpoint.meta["tokens"] / 2560)
    run.job.save()
    said = look(client, data, **{"phases-0-tokens": "25600"})["html"]
    assert '<b class="num">10 s</b> by the clock of 1 finished run' in said
    assert "In training" not in look(client, data, **{"phases-0-tokens": ""})["html"]
    later = factories.run("Goes on", mixed, alice, [data.prose], base=run)
    factories.train(later, level=3.0, cost=0.1)
    assert reverse("runs:detail", args=[later.pk]) in look(client, data)["html"]


def test_a_stream_that_runs_out_is_told_before_training_with_what_was_chosen(signed_in, alice, data):
    client, stream = signed_in(alice), "phases-0-streams-1"
    assert "runs out" not in look(client, data, **{"phases-0-tokens": "400000"})["html"]
    shared = look(client, data, **{"phases-0-tokens": "400000", f"{stream}-exhausted": "renormalise"})["html"]
    assert "tokens of phase main: the others take its share." in shared
    ended = look(client, data, **{"phases-0-tokens": "400000", f"{stream}-exhausted": "stop"})["html"]
    assert "tokens of phase main: the phase ends there, " in ended
    draft = draft_of(data, **{"phases-0-tokens": "400000", f"{stream}-exhausted": "stop"})
    (phase,) = preview_of(draft, choices_of(data.project)).phases
    assert phase.short == pytest.approx(400_000 - sum(seen.tokens for seen in phase.streams))
    (ended,) = [row for row in PreviewStream(phase.streams, many=True).data if row["ends"]]
    assert ended["name"] == "prose"
    assert ended["ran_out"] == pytest.approx(400_000 - phase.short)
    assert ended["passes"] == pytest.approx(1)


def test_what_a_mixture_comes_to_is_told_at_its_field_in_words_and_over_the_api(signed_in, alice, data):
    capped = {
        "phases-0-mixture": "unimax",
        "phases-0-mixture-of": "mixing.unimax",
        "phases-0-mixture-passes": "0.1",
    }
    answer = look(signed_in(alice), data, **capped)
    said = "tokens beyond 0.1 passes through all streams"
    assert said in answer["html"]
    assert [said in note["sentence"] for note in answer["notes"]] == [True]
    assert answer["notes"][0]["id"] == "id_phases-0-mixture-passes"
    (phase,) = PreviewDetail(preview_of(draft_of(data, **capped), choices_of(data.project))).data["phases"]
    assert phase["remarks"][0]["field"] == "phases.0.mixture.params.passes"


def test_a_mixture_that_changes_is_drawn_over_the_tokens(data):
    frames = {
        "phases-0-mixture": "key_frames",
        "phases-0-mixture-of": "mixing.key_frames",
        "phases-0-mixture-frames": "0: prose 1\n50%: code 1",
        "phases-0-mixture-between": "stepped",
    }
    (record,) = figures_of(preview_of(draft_of(data, **frames), choices_of(data.project)))["mixture"]
    drawn = record["series"]["weights/planned/prose"]
    assert (drawn["values"][0], drawn["values"][-1]) == (1, 0)
    assert drawn["tokens"][drawn["values"].index(0)] == 12_000
    assert drawn["tokens"][-1] == 24_000

"""J3, score it: perplexity under a small model, forecast, queued, watched, read; scores from a file; where both disagree."""

import os
import re
import signal

import pytest
from django.urls import reverse

from apps.datasets import services as datasets
from apps.jobs import services as jobs
from apps.jobs.models import Job, LogLine, Status
from apps.runs import services as runs
from apps.scores import services as scores
from apps.scores.models import ScoreSet
from tests.apps import factories
from tests.browser.journeys.making import KINDS, halt, sums
from tests.workers.conftest import wait_for

ROWS = 9_000
RECIPE = {
    "model": {"preset": "llama-1m"},
    "schedules": [{"peak": 3e-3}],
    "batch_size": 4,
    "context": 32,
    "evaluation": {"windows": 2, "dense_until": 0, "every": 1_000_000},
}


def succeeded(job) -> bool:
    job.refresh_from_db()
    assert job.status not in (Status.FAILED, Status.CANCELLED), f"{job.title}: {job.reason}"
    return job.status == Status.SUCCEEDED


@pytest.fixture
def busy(project, alice, already):
    """Samples, a small model that was trained here and has scored a few others, and a long run that goes first: its job."""
    with already():
        version, few = (
            factories.dataset(project, alice, name, sums(count)) for name, count in (("Sums", ROWS), ("A few sums", 60))
        )
        tokenizer = factories.done(
            datasets.train_tokenizer(project=project, name="Digits", versions=[few], vocab_size=300, by=alice)
        )
        for each in (version, few):
            factories.done(datasets.tokenize_version(version=each, tokenizer=tokenizer, by=alice))

    def train(name, tokens):
        only = factories.phase("main", {"sums": few}, {"sums": 1}, tokens=tokens)
        curriculum = factories.curriculum(project, alice, name, tokenizer, [only])
        return runs.create_run(name=name, version=curriculum, recipe=RECIPE, seed=0, by=alice, evaluated_on=[few])

    small = train("Small model", 1_000)
    earlier = scores.create_score_set(
        version=few, method="perplexity", tokenizer=tokenizer, checkpoint_of=small, by=alice
    )
    wait_for(lambda: succeeded(earlier.job), 400)
    long = train("A long run", 2_000_000)
    wait_for(lambda: Job.objects.get(pk=long.job_id).status == Status.RUNNING, 200)
    return long.job


def test_a_model_scores_a_dataset_and_its_hardest_samples_are_read(open_page, keyboard, busy, project, alice, tmp_path):
    page = open_page(alice)
    hands = keyboard(page)
    page.goto(reverse("scores:list", args=[project.pk]))
    hands.press(page.get_by_role("link", name="New score set"))
    hands.choose(page.get_by_label("Dataset"), "Sums")
    hands.choose(page.get_by_label("Method"), "Perplexity")
    hands.to(page.get_by_label("Model", exact=True))
    forecast = page.locator("#forecast")
    forecast.get_by_text(re.compile("About .* of work, measured on 1 earlier score set")).wait_for()
    assert f"{ROWS:,} samples" in forecast.inner_text()
    assert "1 job runs" in forecast.inner_text()
    hands.fill(page.get_by_label("Name"), "Hard for the small model")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="This score set is being made").wait_for()
    page.get_by_text("next in the gpu queue").wait_for()
    hands.press(page.get_by_role("link", name="See the job and its log"))
    page.get_by_text("next in the gpu queue").wait_for()
    made = ScoreSet.objects.get(name="Hard for the small model")
    jobs.request_cancel(job=busy, by=alice)
    watch(page, hands, made)
    hands.press(page.get_by_role("link", name="Open the score set"))
    read(page, hands)
    bring_a_file_with_gaps(page, hands, project, tmp_path / "quality.csv")
    see_where_they_disagree(page, hands)


def watch(page, hands, made):
    """Phase, rate and time left; a log that streams, pauses and can be taken away."""
    child = halt(made.job, after=0)
    log = page.locator("[data-log] li:not(.log-tail)")
    page.locator(
        ".progress-words", has_text=re.compile(rf"Scoring\s*[\d,]+ of {ROWS:,} rows\s*[\d,.]+ rows/s\s*.* left")
    ).wait_for(timeout=200_000)
    log.get_by_text(f"Scoring {ROWS:,} samples by perplexity.").wait_for()
    hands.press(page.get_by_role("button", name="Pause"))
    shown = log.count()
    os.kill(child, signal.SIGCONT)
    wait_for(lambda: LogLine.objects.filter(attempt__job=made.job).count() > shown, 60)
    assert log.count() == shown
    hands.press(page.get_by_role("button", name="Follow"))
    log.nth(shown).wait_for()
    page.get_by_role("status").get_by_text("Done", exact=True).wait_for(timeout=300_000)
    with page.expect_download() as download:
        hands.press(page.get_by_role("link", name="Download"))
    text = download.value.path().read_text()
    assert text.startswith("# attempt 1\n")
    assert f"{ROWS:,} of {ROWS:,} samples are scored." in text


def read(page, hands):
    """Histogram, quantiles, spread by domain, coverage, and behind a link the samples that are hardest."""
    page.locator("#histogram .bars path").first.wait_for()
    assert "Covered\n100.0 %" in page.locator("dl.stats").inner_text()
    assert page.get_by_role("region", name="Quantiles").locator("dd").count() >= 5
    spread = page.get_by_role("region", name="By domain", exact=True).first.locator("tbody tr")
    assert [text.split("\t")[0] for text in spread.all_inner_texts()] == list(KINDS)
    hands.press(page.get_by_role("link", name="The hardest 1 %"))
    page.get_by_text(f"{ROWS // 100} of {ROWS:,} samples by hard for the small model: the highest 1 %.").wait_for()
    found = [float(text.replace(",", "")) for text in page.locator(".sample-head b").all_inner_texts()]
    assert len(found) >= 10
    everything = ScoreSet.objects.get(name="Hard for the small model").summary["quantiles"]
    assert min(found) >= everything["0.95"]


def bring_a_file_with_gaps(page, hands, project, path):
    """Another score set from a file in which three samples are missing: said before anything starts, and after."""
    missing = (2, 30, 400)
    lines = [f"s{k},{k % 89}" for k in range(ROWS) if k not in missing]
    path.write_text("\n".join(["id,quality_score", *lines]) + "\n")
    hands.press(page.get_by_role("navigation", name=project.name).get_by_role("link", name="Score sets"))
    hands.press(page.get_by_role("link", name="Bring scores"))
    hands.choose(page.get_by_label("Dataset"), "Sums")
    hands.to(page.get_by_label("File")).set_input_files(path)
    hands.press(page.get_by_role("button", name="Upload and look at it"))
    page.get_by_text(f"3 of {ROWS:,} samples have no score in the file: s2, s30, s400.").wait_for()
    assert page.get_by_label("Score column").input_value() == "quality_score"
    hands.press(page.get_by_role("button", name="Import these scores"))
    page.get_by_role("alert").get_by_text("Say where they shall stand").wait_for()
    hands.choose(page.get_by_label("Samples without a score"), "get the lowest score")
    hands.press(page.get_by_role("button", name="Import these scores"))
    page.get_by_text("They stand at the lowest score of the others.").wait_for(timeout=200_000)
    hands.press(page.get_by_role("link", name="Sums, version 1"))


def see_where_they_disagree(page, hands):
    """The rank correlation of both, the samples that one puts high and the other low, and those behind a cell."""
    hands.press(page.get_by_role("link", name="How far do they agree?"))
    page.wait_for_selector("#agreement .js-plotly-plot")
    stats = page.locator("dl.stats").inner_text()
    assert re.search(r"Rank correlation\n[+−]?0\.\d{3}", stats)
    assert f"{ROWS - 3:,}" in stats, "samples without a score of their own are left out"
    above = page.locator("section", has=page.locator("#above")).locator("ul.samples > li")
    assert above.count() >= 3
    hands.fill(page.get_by_label(re.compile("Hard for the small model, from")), "90")
    hands.fill(page.get_by_label(re.compile("quality_score, to")), "10")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("samples? in this stretch")).wait_for()
    assert "from=90" in page.url
    assert page.locator("#samples ul.samples > li").count()

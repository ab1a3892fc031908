import json

import numpy as np
import pytest
from django.urls import reverse

from apps.common import lookup
from apps.jobs.models import Job, Status
from apps.scores import selectors

pytestmark = pytest.mark.django_db


def test_a_score_set_says_what_it_is_and_which_direction_is_which(signed_in, vera, data):
    page = signed_in(vera).get(reverse("scores:detail", args=[data.ratio.pk])).content.decode()
    assert "Compression ratio" in page
    assert "The higher the score, the harder the sample." in page
    assert "Effort of the compressor" in page
    assert "Median" in page
    assert "argparse" in page


def test_the_extremes_are_the_highest_and_lowest_scores_with_their_texts(data):
    values = np.asarray(lookup.scores(data.ratio.artifact))
    found = selectors.extremes(data.ratio)
    assert [row["score"] for row in found["high"]] == sorted(map(float, values), reverse=True)[:10]
    assert [row["score"] for row in found["low"]] == sorted(map(float, values))[:10]
    assert all(row["text"] for row in found["high"] + found["low"])


@pytest.mark.parametrize("values", [np.zeros(30), np.array([3.0, 1.0]), np.arange(25)[::-1], np.tile([1.0, 0.0], 20)])
def test_of_equal_scores_the_first_positions_are_read(values):
    lowest = selectors._lowest(values.astype(np.float32))
    assert lowest.tolist() == np.argsort(values, kind="stable")[:10].tolist()


def test_the_histogram_counts_every_sample_and_is_not_sent_twice(signed_in, alice, data):
    address = reverse("scores:histogram", args=[data.ratio.pk])
    answer = signed_in(alice).get(address)
    document = json.loads(answer.content)
    record = selectors.histogram_record(data.ratio)["histogram"]
    assert sum(record["counts"]) + record["below"] + record["above"] == 40
    assert document["figure"]["data"][0]["y"] == record["counts"]
    assert document["reading"].endswith(".")
    again = signed_in(alice).get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_far_outlier_is_counted_beside_the_histogram_instead_of_flattening_it(data):
    edges = [0.0, *np.linspace(1, 2, 63).tolist(), 90.0]
    data.ratio.summary["histogram"] = {"edges": edges, "counts": [1] * 64}
    record = selectors.histogram_record(data.ratio)["histogram"]
    assert (record["below"], record["above"]) == (1, 1)
    assert len(record["edges"]) == len(record["counts"]) + 1 == 63


def test_a_score_set_that_is_being_made_shows_its_jobs_progress(signed_in, alice, data):
    made = selectors.ScoreSet.objects.get(pk=data.ratio.pk)
    made.artifact, made.summary = None, {}
    made.save()
    Job.objects.filter(pk=made.job_id).update(status=Status.RUNNING)
    page = signed_in(alice).get(reverse("scores:detail", args=[made.pk])).content.decode()
    assert "This score set is being made" in page
    assert "The higher the score, the harder the sample." in page
    answer = json.loads(signed_in(alice).get(reverse("scores:histogram", args=[made.pk])).content)
    assert answer["figure"]["data"] == []


def test_the_list_names_dataset_method_and_median(signed_in, alice, data):
    page = signed_in(alice).get(reverse("scores:list", args=[data.project.pk])).content.decode()
    assert "Standard library code, version 1" in page
    assert "Compression ratio" in page

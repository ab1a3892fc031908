"""Every list of a project comes in pages, and costs as much with many rows as with few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.common import paging
from apps.comparisons.models import Comparison
from apps.curricula.models import Curriculum
from apps.datasets import services as datasets
from apps.scores import services as scores
from apps.shares import services as shares

pytestmark = pytest.mark.django_db
LISTS = ["datasets:list", "tokenizers:list", "scores:list", "curricula:list", "comparisons:list"]


def more(study, by) -> None:
    """Three more rows in every list."""
    project = study.project
    for n in range(3):
        version = datasets.import_dataset(project=project, name=f"more {n}", source={"kind": "none"}, by=by)
        datasets.train_tokenizer(project=project, name=f"more {n}", versions=[version], vocab_size=300, by=by)
        scores.create_score_set(version=study.code, method="length", name=f"more {n}", by=by)
        Curriculum.objects.create(project=project, name=f"more {n}")
        Comparison.objects.create(project=project, name=f"more {n}", runs=[str(study.base.pk)])
        shares.create_share(project=project, title=f"more {n}", runs=[study.base.pk], by=by)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_comes_in_pages_and_its_cost_stays(study, signed_in, vera, alice, monkeypatch, name):
    monkeypatch.setattr(paging, "PAGE", 2)
    client, address = signed_in(vera), reverse(name, args=[study.project.pk])
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    more(study, alice)
    with CaptureQueriesContext(connection) as many:
        first = client.get(address).content.decode()
    assert len(many) <= len(few) + 2, "the pages' own counts, at most"
    assert "Page 1 of " in first
    assert "page=2" in first
    second = client.get(address, {"page": 2})
    assert second.status_code == 200
    assert "page=1" in second.content.decode()
    assert client.get(address, {"page": "no number", "links": "-4"}).status_code == 200


def test_share_links_have_pages_of_their_own(study, signed_in, vera, alice, monkeypatch):
    monkeypatch.setattr(paging, "PAGE", 2)
    more(study, alice)
    address = reverse("comparisons:list", args=[study.project.pk])
    page = signed_in(vera).get(address, {"page": 2, "links": 2}).content.decode()
    assert "?page=2&amp;links=1#links" in page
    assert "?page=1&amp;links=2" in page

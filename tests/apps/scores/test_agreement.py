"""How two score sets agree: in numbers, in the samples that they place furthest apart, and from a cell to its samples."""

import json

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.common import lookup
from apps.scores import agreement, agreement_pages, services, uploads
from apps.scores.models import ScoreSet
from gradatim.errors import UserError
from gradatim.series import percentiles
from tests.apps import factories

pytestmark = pytest.mark.django_db


def brought(data, by, values, *, name="brought", higher_means="neutral") -> ScoreSet:
    """An imported score set of the code; samples whose value is None have none of their own."""
    ids = [row["id"] for row in lookup.dataset(data.code.artifact).rows_at(range(len(values)))]
    lines = [f"{key},{value}" for key, value in zip(ids, values, strict=True) if value is not None]
    file = SimpleUploadedFile(f"{name}.csv", "\n".join(["id,score", *lines]).encode())
    path = uploads.keep(project=data.project, file=file)
    params = {"path": path, "missing": "median", "higher_means": higher_means}
    return factories.done(
        services.create_score_set(version=data.code, method="imported", params=params, name=name, by=by)
    )


@pytest.fixture
def address(data):
    return reverse("scores:agreement", args=[data.code.pk])


def test_the_page_says_correlation_direction_and_the_samples_furthest_apart(signed_in, vera, data, address):
    page = signed_in(vera).get(address, {"a": data.length.pk, "b": data.ratio.pk}).content.decode()
    pair = agreement.pair_of(data.code, data.length, data.ratio)
    x, y = (percentiles(lookup.scores(row.artifact)) for row in (data.length, data.ratio))
    assert pair.correlation == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert f"{pair.correlation:.3f}".replace("-", "\N{MINUS SIGN}") in page
    above, below = agreement.disagreements(pair)
    assert [row["position"] for row in above] == np.argsort(-(x - y), kind="stable")[:10].tolist()
    assert [row["position"] for row in below] == np.argsort(x - y, kind="stable")[:10].tolist()
    assert reverse("datasets:sample", args=[data.code.pk, above[0]["position"]]) in page
    assert "the same order" in page


@pytest.mark.parametrize(
    ("meanings", "sense", "said"),
    [
        (("harder", "harder"), 1, "A higher score is harder in both"),
        (("harder", "easier"), -1, "They point in opposite directions"),
        (("harder", "better"), 0, "what is harder tends to be better"),
        (("neutral", "better"), 0, "one says nothing about good or hard"),
        (("neutral", "neutral"), 0, "one and two say nothing about good or hard"),
    ],
)
def test_the_sign_is_read_with_what_higher_means(data, alice, meanings, sense, said):
    one, two = (
        brought(data, alice, range(40), name=name, higher_means=meaning)
        for name, meaning in zip(("one", "two"), meanings, strict=True)
    )
    assert agreement.sense_of(one, two) == sense
    assert said in agreement_pages.means(one, two)


def test_sets_that_point_in_opposite_directions_disagree_where_both_are_high(signed_in, vera, alice, data, address):
    harder = brought(data, alice, range(40), name="hard", higher_means="harder")
    easier = brought(data, alice, [39, *range(38, -1, -1)], name="easy", higher_means="easier")
    pair = agreement.pair_of(data.code, harder, easier)
    assert pair.correlation == pytest.approx(-1)
    assert agreement.disagreements(pair) == ([], [])
    same = brought(data, alice, range(40), name="same", higher_means="easier")
    above, below = agreement.disagreements(agreement.pair_of(data.code, harder, same))
    assert (above[0]["position"], below[0]["position"]) == (39, 0)
    page = signed_in(vera).get(address, {"a": harder.pk, "b": same.pk}).content.decode()
    assert "High by hard and by same" in page


def test_samples_that_one_of_the_two_has_not_scored_are_left_out(data, alice):
    values = [None if k in (3, 7, 11) else -k for k in range(40)]
    partial, whole = brought(data, alice, values, name="partial"), brought(data, alice, range(40), name="whole")
    assert lookup.missing(partial.artifact).tolist() == [3, 7, 11]
    pair = agreement.pair_of(data.code, whole, partial)
    assert (len(pair.positions), pair.left_out) == (37, 3)
    assert pair.correlation == pytest.approx(-1)
    shown = [row["position"] for rows in agreement.disagreements(pair) for row in rows]
    assert not {3, 7, 11} & set(shown)
    assert agreement.matrix([whole, partial])[0][1] == pytest.approx(-1)
    assert sum(row["samples"] for row in agreement.domains(pair)) == 37


def test_a_domain_is_compared_by_itself(signed_in, vera, data, address):
    dataset = lookup.dataset(data.code.artifact)
    name = max(dataset.meta["domains"], key=lambda name: dataset.meta["domains"][name]["rows"])
    inside = dataset.domain_codes() == dataset.domains.index(name)
    pair = agreement.pair_of(data.code, data.length, data.ratio, name)
    assert pair.positions.tolist() == np.flatnonzero(inside).tolist()
    row = next(row for row in agreement.domains(pair) if row["name"] == name)
    assert row["correlation"] == pytest.approx(pair.correlation)
    page = signed_in(vera).get(address, {"domain": name}).content.decode()
    assert f"<small>{name}</small>" in page


def test_a_set_that_orders_nothing_has_no_correlation_and_says_so(signed_in, vera, alice, data, address):
    flat = brought(data, alice, [1] * 40, name="flat")
    client = signed_in(vera)
    figure = json.loads(client.get(f"{address}figure.json", {"a": data.length.pk, "b": flat.pk}).content)
    assert "in no order" in figure["reading"]
    assert client.get(address, {"a": data.length.pk, "b": flat.pk}).status_code == 200


def test_a_cell_of_the_grid_leads_to_exactly_its_samples(signed_in, vera, data, address):
    client = signed_in(vera)
    figure = json.loads(client.get(f"{address}figure.json").content)
    table = figure["table"]["rows"]
    assert sum(row[-1] for row in table) == 40
    pair = agreement.pair_of(data.code, *agreement.chosen(agreement.finished_sets(data.code), {}))
    for a, b, c, d, count in table:
        assert agreement.between(pair, (a, b), (c, d)).count == count
    a, b, c, d, count = table[0]
    asked = {"a_from": a, "a_to": b, "b_from": c, "b_to": d}
    page = client.get(address, asked, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert f"{count} of 40 samples in this stretch" in page


def test_a_bad_stretch_stands_at_its_field_and_the_rest_of_the_page_stays(signed_in, vera, data, address):
    for query in ({"a_from": "much"}, {"b_to": "101"}, {"a_from": "60", "a_to": "50"}):
        page = signed_in(vera).get(address, query).content.decode()
        assert 'class="error"' in page
        assert "the biggest disagreements" in page


def test_what_cannot_be_compared_is_said_and_other_versions_sets_are_not_there(signed_in, vera, alice, data, address):
    client = signed_in(vera)
    page = client.get(address, {"a": data.length.pk, "b": data.length.pk}).content.decode()
    assert "choose two different ones" in page
    assert "no such domain" in client.get(address, {"domain": "nowhere"}).content.decode()
    of_prose = factories.done(services.create_score_set(version=data.prose, method="length", by=alice))
    assert client.get(address, {"a": of_prose.pk}).status_code == 404
    assert client.get(address, {"a": "x"}).status_code == 404
    alone = client.get(reverse("scores:agreement", args=[data.prose.pk])).content.decode()
    assert "Two finished score sets" in alone
    assert client.get(reverse("scores:agreement-figure", args=[data.prose.pk])).status_code == 400
    with pytest.raises(UserError, match="no such domain"):
        agreement.pair_of(data.code, data.length, data.ratio, "nowhere")


def test_more_sets_are_a_matrix_whose_cells_lead_to_pairs_and_queries_do_not_grow(
    signed_in, vera, alice, data, address, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    brought(data, alice, range(40), name="third")
    client = signed_in(vera)
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address).content.decode()
    assert f"?a={data.length.pk}&amp;b={data.ratio.pk}" in page
    for k in range(3):
        brought(data, alice, range(k, k + 40), name=f"more {k}")
    with django_assert_num_queries(len(queries)):
        page = client.get(address).content.decode()
    assert page.count("?a=") >= 30


def test_score_set_and_version_lead_to_it(signed_in, vera, data, address):
    client = signed_in(vera)
    assert address in client.get(reverse("scores:detail", args=[data.ratio.pk])).content.decode()
    assert address in client.get(reverse("datasets:version", args=[data.code.pk])).content.decode()


def test_the_api_says_the_same(signed_in, vera, data):
    client = signed_in(vera)
    address = reverse("api:version-agreement", args=[data.code.pk])
    found = client.get(address).json()
    value = agreement.pair_of(data.code, data.length, data.ratio).correlation
    assert found["correlations"] == [[1.0, pytest.approx(value)], [pytest.approx(value), 1.0]]
    assert found["pair"] is None
    assert {row["higher_means"] for row in found["score_sets"]} <= {"harder", "neutral"}
    found = client.get(address, {"a": data.length.pk, "b": data.ratio.pk}).json()["pair"]
    assert (found["samples"], found["left_out"], found["correlation"]) == (40, 0, pytest.approx(value))
    assert len(found["above"]) == len(found["below"]) == 10
    assert found["above"][0]["a"]["percentile"] > found["above"][0]["b"]["percentile"]
    assert client.get(address, {"a": data.length.pk, "b": data.length.pk}).status_code == 400


def test_hostile_text_is_escaped_among_disagreements(signed_in, vera, data, address):
    page = signed_in(vera).get(address, {"a_from": "0"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page

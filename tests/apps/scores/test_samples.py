"""From a histogram to the samples beneath it."""

import numpy as np
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.common import lookup
from apps.scores import pages, ranges
from apps.scores.ranges import _end

pytestmark = pytest.mark.django_db


def test_every_bar_leads_to_exactly_its_samples(data):
    values = np.asarray(lookup.scores(data.ratio.artifact), np.float64)
    found = 0
    for bar in pages.bars(data.ratio):
        shown = ranges.samples(data.ratio, lo=bar["lo"], hi=bar["hi"])
        assert shown.count == bar["count"]
        found += shown.count
    assert found == len(values)


def test_a_click_on_a_bar_ends_at_an_address_that_says_its_range(signed_in, vera, data):
    client = signed_in(vera)
    bar = next(b for b in pages.bars(data.ratio) if b["count"])
    number = pages.bars(data.ratio).index(bar)
    answer = client.get(reverse("scores:samples", args=[data.ratio.pk]), {"bar": number})
    assert answer.url == bar["url"]
    page = client.get(answer.url).content.decode()
    assert f"{bar['count']} of 40 sample" in page
    assert client.get(reverse("scores:samples", args=[data.ratio.pk]), {"bar": "99999"}).status_code == 302


def test_the_worst_per_cent_is_at_the_end_that_the_direction_names(signed_in, vera, data):
    page = signed_in(vera).get(reverse("scores:detail", args=[data.ratio.pk])).content.decode()
    assert "The hardest 1 %" in page
    link = pages.ends(data.ratio)[0]["url"]
    assert link.endswith("end=high&share=1")
    shown = ranges.samples(data.ratio, end="high", share=1)
    assert shown.count == 1
    assert shown.rows[0]["score"] == float(np.asarray(lookup.scores(data.ratio.artifact)).max())
    page = signed_in(vera).get(link).content.decode()
    assert "the highest 1 %" in page
    assert '<option value="high" selected>' in page


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.sampled_from(["low", "high"]), st.floats(0.1, 100))
def test_an_end_holds_its_share_and_nothing_beyond_it_is_more_extreme(values, end, share):
    values = np.asarray(values, np.float64)
    chosen = _end(values, end, share)
    assert chosen.sum() == min(len(values), max(1, int(np.ceil(len(values) * share / 100 - 1e-9))))
    sign = -1 if end == "high" else 1
    if (~chosen).any():
        assert (sign * values[chosen]).max() <= (sign * values[~chosen]).min()


def test_range_domain_and_order_are_the_address(signed_in, vera, data, htmx):
    values = np.asarray(lookup.scores(data.length.artifact), np.float64)
    domains = lookup.dataset(data.code.artifact)
    name = domains.domains[0]
    middle = float(np.median(values))
    asked = {"lo": middle, "domain": name, "order": "high"}
    expected = sorted(values[(values >= middle) & (domains.domain_codes() == 0)].tolist(), reverse=True)
    shown = ranges.samples(data.length, **asked)
    assert [row["score"] for row in shown.rows] == expected[:20]
    answer = signed_in(vera).get(reverse("scores:samples", args=[data.length.pk]), asked, headers=htmx)
    page = answer.content.decode()
    assert "<html" not in page
    assert f"in {name}." in page


def test_a_bad_bound_stands_at_its_field_and_filters_nothing(signed_in, vera, data):
    for query in ({"lo": "much"}, {"hi": "nan"}, {"domain": "nowhere"}):
        page = signed_in(vera).get(reverse("scores:samples", args=[data.length.pk]), query).content.decode()
        assert 'class="error"' in page
        assert "40 of 40 samples" in page


def test_a_range_without_samples_says_so_and_leads_back(signed_in, vera, data):
    page = signed_in(vera).get(reverse("scores:samples", args=[data.length.pk]), {"lo": "1e12"}).content.decode()
    assert "No sample has such a score." in page


def test_hostile_text_is_escaped_here_too(signed_in, vera, alice, data):
    from apps.scores import services
    from tests.apps import factories

    rows = [{"id": "h", "domain": "d", "text": factories.HOSTILE}]
    version = factories.dataset(data.project, alice, "Hostile", rows)
    made = factories.done(services.create_score_set(version=version, method="length", by=alice))
    page = signed_in(vera).get(reverse("scores:samples", args=[made.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page

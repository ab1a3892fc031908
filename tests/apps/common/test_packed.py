"""Figures as they travel to pages: what the server packs is what static/js/chart-wire.js unpacks."""

import base64
import gzip
import json

import numpy as np
import pytest
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.common.charts import answer_figure
from apps.common.packed import LEAST, packed
from tests.apps.runs.builders import run_of


def traced(**columns) -> dict:
    found = packed({"figure": {"data": [columns], "layout": {}}, "table": {"rows": []}})
    assert found["table"] is None
    return found["figure"]["data"][0]


def unpacked(array) -> np.ndarray:
    numbers = np.frombuffer(base64.b64decode(array["bytes"]), f"<{array['kind']}")
    if "by" not in array:
        return numbers
    return array["first"] + array["by"] * np.append(0, numbers.cumsum(dtype=np.int64))


def test_places_are_exact_and_what_is_drawn_has_seven_digits():
    assert unpacked(traced(x=[2**31] * LEAST)["x"]).tolist() == [2**31] * LEAST
    x, y = [k / 3 for k in range(LEAST)], [2 + k / 7 for k in range(LEAST)]
    trace = traced(x=x, y=y, customdata=list(range(LEAST)), name="a")
    assert unpacked(trace["x"]).tolist() == x
    assert unpacked(trace["y"]) == pytest.approx(y, rel=1e-7)
    assert unpacked(trace["customdata"]).tolist() == list(range(LEAST))
    assert (trace["x"]["kind"], trace["y"]["kind"], trace["name"]) == ("f8", "f4", "a")


@pytest.mark.parametrize(
    ("values", "kind", "by"),
    [
        (range(7, 7 + 3 * LEAST, 3), "u1", 3),
        (range(-(2**53), -(2**53) + LEAST), "u1", 1),
        ([0, *range(1000, 1000 + LEAST * 512, 512)], "u1", 8),
        ([0, *range(66_000, 66_000 + LEAST)], "i4", None),
        ([5] * LEAST, "u1", 1),
        ([0, 257] + [300] * LEAST, "u2", 1),
        ([3, 2] * LEAST, "i4", None),
        ([0.0, 4096.0] + [8192.0] * LEAST, "u1", 4096),
        ([0, 2**53 + 2] * LEAST, "f8", None),
        ([-(2**63)] * LEAST, "f8", None),
    ],
    ids=["even", "far-below", "a-gap", "a-wide-gap", "level", "two-bytes", "falling", "whole", "inexact", "smallest"],
)
def test_whole_numbers_that_do_not_fall_are_their_differences(values, kind, by):
    array = traced(x=list(values))["x"]
    assert (array["kind"], array.get("by")) == (kind, by)
    assert unpacked(array).tolist() == list(values)


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1.5, 1e39] * LEAST, "f8"), ([None, 1.0] * LEAST, "f4"), ([None] * LEAST, "f4")],
    ids=["beyond-single-precision", "breaks", "nothing"],
)
def test_what_does_not_fit_is_longer_and_breaks_are_nan(values, kind):
    array = traced(y=values)["y"]
    assert array["kind"] == kind
    assert unpacked(array).tolist() == pytest.approx([np.nan if v is None else v for v in values], nan_ok=True)


@pytest.mark.parametrize(
    "values",
    [[1.0] * (LEAST - 1), ["1"] * LEAST, ["1", None] * LEAST, [[1, 2]] * LEAST, [[1], [1, 2]] * LEAST, "abc", 3],
    ids=["short", "texts", "texts-and-gaps", "rows", "ragged", "text", "number"],
)
def test_what_is_no_line_of_numbers_travels_as_it_is(values):
    assert traced(x=values)["x"] == values


@given(st.lists(st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False), min_size=LEAST))
def test_places_come_back_whatever_they_are(values):
    assert unpacked(traced(x=values)["x"]).tolist() == [float(v) for v in values]


def test_it_is_compressed_for_who_takes_that_and_equal_for_who_has_it():
    payload = {"figure": {"data": [{"y": [k / 7 for k in range(900)]}]}, "table": {"rows": []}}
    plain = answer_figure(RequestFactory().get("/"), payload)
    small = answer_figure(RequestFactory().get("/", headers={"accept-encoding": "gzip, br"}), payload)
    assert gzip.decompress(small.content) == plain.content
    assert small["Content-Encoding"] == "gzip" and "Accept-Encoding" in small["Vary"]
    refused = RequestFactory().get("/", headers={"accept-encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in answer_figure(refused, payload)
    again = {"accept-encoding": "gzip", "if-none-match": small["ETag"]}
    assert answer_figure(RequestFactory().get("/", headers=again), payload).status_code == 304


def test_a_page_asks_without_the_table_and_gets_the_same_line(signed_in, project, alice):
    run = run_of(project, alice, train_points=200)
    address, client = reverse("api:compare-figure", args=["training-loss"]), signed_in(alice)
    whole = json.loads(client.get(address, {"runs": run.pk}).content)
    short = json.loads(client.get(address, {"runs": run.pk, "packed": "1"}).content)
    assert whole["table"]["rows"] and short["table"] is None
    for key in ("x", "y"):
        assert unpacked(short["figure"]["data"][0][key]) == pytest.approx(whole["figure"]["data"][0][key])

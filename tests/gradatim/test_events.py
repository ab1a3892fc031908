import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import events

numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=20)
shares = st.dictionaries(texts, numbers, max_size=3)
documents = st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts, max_size=3)
some_event = st.one_of(
    st.builds(events.Progress, numbers, st.none() | numbers, texts, texts),
    st.builds(events.Metric, st.integers(0), st.integers(0), shares),
    st.builds(events.Weights, st.integers(0), st.integers(0), shares, shares),
    st.builds(events.Artifact, texts, texts, texts, documents),
    st.builds(events.Note, texts, st.sampled_from(["info", "warning", "error"]), documents),
    st.builds(events.Resumed, st.integers(0), st.integers(0)),
)


@given(some_event, st.floats(0, 4e9))
def test_an_event_survives_its_line(event, time):
    line = events.to_line(event, time)
    assert "\n" not in line
    back, stamped = events.from_line(line)
    assert back == event
    assert stamped == round(time, 3)


def test_a_loss_that_is_no_number_is_still_a_line_of_json():
    line = events.to_line(events.Metric(1, 2, {"a": math.nan, "b": -math.inf, "c": 1.5}), 0)
    assert json.loads(line, parse_constant=pytest.fail)["values"] == {"a": "nan", "b": "-inf", "c": 1.5}
    values = events.from_line(line)[0].values
    assert math.isnan(values["a"]) and values["b"] == -math.inf and values["c"] == 1.5


@pytest.mark.parametrize("line", ["", "hello", "[]", "{}", '{"event": "party"}', '{"event": "note"'])
def test_what_is_no_event_is_refused(line):
    with pytest.raises(ValueError):
        events.from_line(line)

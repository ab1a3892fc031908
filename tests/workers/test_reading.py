import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.events import Metric, Note, Progress, Resumed, to_line
from workers.rate import Rate
from workers.reading import Reader, measured_before

EVENTS = st.lists(
    st.builds(Note, st.text(max_size=20), st.just("info"), st.just({}))
    | st.builds(Metric, st.integers(0, 99), st.integers(0, 99), st.just({"train/loss": 1.5}))
)


@given(events=EVENTS, cuts=st.lists(st.integers(0, 2000)))
def test_events_arrive_whole_and_in_order_however_the_file_grows(events, cuts, tmp_path_factory):
    data = "".join(to_line(event, 1.0) + "\n" for event in events).encode()
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    path.touch()
    reader, found = Reader(path), []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    with path.open("ab", buffering=0) as file:
        for start, stop in zip(edges, edges[1:], strict=False):
            file.write(data[start:stop])
            found += reader.read()
    found += [timed for batch in reader.drain() for timed in batch]
    reader.close()
    assert [event for event, _ in found] == events


@pytest.mark.parametrize("line", ["Downloading...", "{}", "[1]", '{"event":"progress"}', '{"event":"note","time":"x"}'])
def test_what_is_no_event_is_a_note(tmp_path, line):
    path = tmp_path / "events.jsonl"
    path.write_text(line + "\n")
    [(event, _)] = Reader(path).read()
    assert event == Note(line)


def test_a_last_line_that_was_cut_off_is_kept_as_a_note(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text('{"event":"no')
    reader = Reader(path)
    assert reader.read() == []
    assert [event.text for batch in reader.drain() for event, _ in batch] == ['{"event":"no']


def write(path, *events):
    path.write_text("".join(to_line(event, float(n)) + "\n" for n, event in enumerate(events)))
    return path


def point(step):
    return Metric(step, step, {"train/loss": float(step)})


def test_earlier_attempts_are_read_in_their_order_and_others_words_left_out(tmp_path):
    first = write(tmp_path / "1", Note("start"), point(1), point(2))
    second = write(tmp_path / "2", Resumed(1, 1), point(2), point(3))
    events = [event for event, _ in measured_before([first, tmp_path / "missing", second])]
    assert events == [point(1), point(2), Resumed(1, 1), point(2), point(3)]


def test_an_attempt_that_started_afresh_replaces_those_before_it(tmp_path):
    first, second = write(tmp_path / "1", point(1), point(2)), write(tmp_path / "2", point(1))
    assert [event for event, _ in measured_before([first, second])] == [point(1)]


def test_a_rate_is_that_of_the_last_half_minute_of_one_phase():
    rate = Rate()
    assert rate.after(Progress(0, 100, "steps", "warm"), 0.0) is None
    assert rate.after(Progress(10, 100, "steps", "warm"), 5.0) == 2.0
    assert rate.after(Progress(0, 100, "steps", "train"), 6.0) is None
    for second in range(7, 60):
        latest = rate.after(Progress((second - 6) * 3, 1000, "steps", "train"), float(second))
    assert latest == pytest.approx(3.0)
    assert rate.after(Progress(53 * 3 + 60 * 30, 9000, "steps", "train"), 119.0) == pytest.approx(30.0, rel=0.1)


def test_progress_without_a_total_is_an_event_like_any_other():
    assert json.loads(to_line(Progress(3, None, "rows"), 1.0))["total"] is None

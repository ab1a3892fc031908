"""Moments in words, with the moment itself on hover."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.common.templatetags import times

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86_400, "1 day ago"),
        (172_800, "2 days ago"),
        (-30, "in a moment"),
        (-7200, "in 2 h"),
        (-7 * 86_400 + 5, "in 7 days"),
        (-30 * 86_400 + 5, "in 30 days"),
        (-3599, "in 1 h"),
        (40 * 86_400, "17 Oct 2026"),
    ],
)
def test_a_moment_in_words(seconds, words):
    assert times.relative(NOW - timedelta(seconds=seconds), NOW) == words


def test_the_moment_itself_is_there_for_the_pointer_and_for_machines():
    made = times.moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert 'datetime="2026-01-02T03:04:05+00:00"' in made
    assert 'title="2 Jan 2026, 03:04:05 UTC"' in made
    assert times.moment(None) == ""

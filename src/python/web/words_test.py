from datetime import UTC, datetime, timedelta

import pytest

from web.words import ago, count, kind, language, seconds_between, size

_NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_500, "1.5 KB"),
        (999_960, "1.0 MB"),
        (536_870_912, "537 MB"),
        (9_000_000_000_000_000, "9000 TB"),
    ],
)
def test_a_size_has_the_unit_that_suits_it(size_bytes: int, words: str) -> None:
    assert size(size_bytes) == words


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5, minutes=59), "5 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=40), "14 Oct 2026"),
    ],
)
def test_a_moment_is_told_by_its_distance(passed: timedelta, words: str) -> None:
    assert ago(_NOW - passed, _NOW) == words


def test_nouns_agree_with_their_number() -> None:
    assert count(1, "page") == "1 page"
    assert count(1_200, "page") == "1,200 pages"


def test_durations_are_told_in_seconds_or_minutes() -> None:
    assert seconds_between(_NOW, _NOW + timedelta(seconds=1.25)) == "1.2 s"
    assert seconds_between(_NOW, _NOW + timedelta(seconds=125)) == "2 min 5 s"


def test_an_unknown_media_type_is_told_as_it_is() -> None:
    assert kind("text/markdown") == "Markdown"
    assert kind("image/x-odd") == "image/x-odd"


def test_languages_are_told_by_their_names() -> None:
    assert language("de") == "German"
    assert language("tlh") == "tlh"

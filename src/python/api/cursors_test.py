from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.cursors import After, BadCursor, Before, page, read, read_after, write


@given(st.uuids())
def test_a_cursor_leads_back_to_its_position(item: UUID) -> None:
    assert read_after(write(After(item))) == item


@given(st.text())
@example("eyJhZnRlciI6IDF9")
@example("\ud800")
@example("ü")
def test_what_no_list_gave_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        read_after(cursor)


@given(st.binary())
@example(b'{"after":"01a209b8-05c8-755e-8485-980db1d4b00a","more":1}')
@example(b'{"after": "01a209b8-05c8-755e-8485-980db1d4b00a"}')
@example(b"[" * 100_000)
def test_encoded_nonsense_is_refused(content: bytes) -> None:
    with pytest.raises(BadCursor):
        read_after(urlsafe_b64encode(content).decode().rstrip("="))


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadCursor):
        read(write(Before(3)), After)


def test_a_page_points_at_the_next_only_when_there_is_one() -> None:
    def mark(number: int) -> Before:
        return Before(number)

    assert page([1, 2], 2, str, mark).next_cursor is None
    first = page([1, 2, 3], 2, str, mark)
    assert first.items == ["1", "2"]
    assert first.next_cursor == write(Before(2))

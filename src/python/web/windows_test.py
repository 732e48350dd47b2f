from hypothesis import given
from hypothesis import strategies as st

from ibid_contract import DocumentText, PageSpan
from web.windows import LENGTH, earlier, later, page_at, pieces, window


def _text(start: int, text: str, length: int, pages: list[PageSpan]) -> DocumentText:
    return DocumentText(1, start, start + len(text), length, text, pages)


@given(st.integers(0, 100_000), st.integers(1, 2_000))
def test_the_window_shows_all_of_a_passage(start: int, length: int) -> None:
    first, last = window((start, start + length), None)
    assert 0 <= first <= start
    assert start + length <= last
    assert last - first == LENGTH


def test_a_span_longer_than_the_window_is_shown_from_its_start() -> None:
    assert window((500, 500 + LENGTH), None) == (500, 500 + LENGTH)


def test_the_reader_goes_where_they_want() -> None:
    assert window((500, 600), 9_000) == (9_000, 9_000 + LENGTH)
    assert window(None, None) == (0, LENGTH)
    assert window(None, -5) == (0, LENGTH)


def test_there_is_nothing_earlier_at_the_start_and_nothing_later_at_the_end() -> None:
    whole = _text(0, "abc", 3, [])
    assert earlier(whole) is None
    assert later(whole) is None


def test_earlier_and_later_lead_to_the_windows_beside() -> None:
    middle = _text(100, "abc", 9_000, [])
    assert earlier(middle) == 0
    assert later(middle) == 103


def test_the_text_is_cut_at_page_breaks() -> None:
    pages = [PageSpan(1, 0, 4), PageSpan(2, 4, 4), PageSpan(3, 4, 9)]
    shown = pieces(_text(2, "cdefg", 9, pages))
    assert [(piece.page, piece.text, piece.start) for piece in shown] == [
        (1, "cd", 2),
        (3, "efg", 4),
    ]
    assert "".join(piece.text for piece in shown) == "cdefg"


def test_an_offset_lies_on_one_page() -> None:
    pages = [PageSpan(1, 0, 4), PageSpan(2, 4, 9)]
    assert page_at(pages, 4) == 2
    assert page_at(pages, 9) is None

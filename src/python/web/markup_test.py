from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from web.markup import literal, marked, merged, shortened

_TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, _: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


@given(_TEXTS, st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=6))
def test_marked_text_is_the_text_and_has_no_tag_but_mark(
    text: str, spans: list[tuple[int, int]]
) -> None:
    read = _read(marked(text, spans))
    assert read.text == text
    assert set(read.tags) <= {"mark"}


def test_marks_stand_around_their_spans() -> None:
    assert marked("a <b> c", [(2, 5)]) == "a <mark>&lt;b&gt;</mark> c"


def test_offsets_count_code_points() -> None:
    assert marked("🙂é!", [(1, 2)]) == "🙂<mark>é</mark>!"


def test_overlapping_and_touching_spans_become_one() -> None:
    assert merged([(4, 6), (0, 2), (1, 4), (8, 8), (9, 99)], 10) == [(0, 6), (9, 10)]


def test_markup_in_a_name_is_shown_literally() -> None:
    read = _read(literal('<img src=x onerror="alert(1)">'))
    assert read.tags == ["bdi"]
    assert read.text == '<img src=x onerror="alert(1)">'


def test_line_breaks_survive_dedentation() -> None:
    assert "\n" not in literal("a\n    b")


def test_a_long_text_is_shortened_to_the_length() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"

from hypothesis import given
from hypothesis import strategies as st

from libs.search.highlight import START, STOP, spans

_TEXT = st.text(st.characters(exclude_characters=START + STOP), max_size=20)


def test_unmarked_text_has_no_spans() -> None:
    assert spans("plain") == ()
    assert spans("") == ()


@given(st.lists(st.tuples(_TEXT, _TEXT)), _TEXT)
def test_every_marked_word_is_found_where_it_stands(
    pairs: list[tuple[str, str]], tail: str
) -> None:
    marked = "".join(f"{before}{START}{word}{STOP}" for before, word in pairs) + tail
    plain = marked.replace(START, "").replace(STOP, "")
    assert [plain[start:end] for start, end in spans(marked)] == [word for _, word in pairs]

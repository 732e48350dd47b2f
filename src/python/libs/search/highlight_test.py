import re

from hypothesis import given
from hypothesis import strategies as st

from libs.search.highlight import Highlighter


def _marked(text: str, *words: str, lexemes: tuple[str, ...] = ()) -> list[str]:
    spans = Highlighter(words, lexemes or words).spans(text)
    return [text[start:end] for start, end in spans]


def test_other_forms_of_a_word_are_marked() -> None:
    text = "Storms: a storm stormed the STORMY barnstormer, un-storm storm2."
    assert _marked(text, "storms", lexemes=("storm",)) == ["Storms", "storm", "stormed", "storm"]


def test_forms_that_share_few_letters_are_marked() -> None:
    assert _marked("They tried. It is dying, all skies.", "try", "die", "sky") == [
        "tried",
        "dying",
        "skies",
    ]


def test_a_word_is_marked_that_postgresql_stems_otherwise() -> None:
    assert _marked("An emergency.", "emergency", lexemes=("emerg",)) == ["emergency"]


def test_part_numbers_and_addresses_are_marked_as_typed() -> None:
    text = "Lamp HL-2041 (not HL-20415), ask Ann@Example.com or v2.10.1; 2041 of 12041."
    assert _marked(text, "hl", "-2041") == ["HL-2041", "HL"]
    assert _marked(text, "ann@example.com") == ["Ann@Example.com"]
    assert _marked(text, "v2.10.1") == ["v2.10.1"]
    assert _marked(text, "2041") == ["2041", "2041"]


def test_letters_that_grow_in_lower_case_move_nothing() -> None:
    assert _marked("İİİ İstanbul lamp", "lamp") == ["lamp"]
    assert _marked("Straße ΣΊΣΥΦΟΣ", "straße") == ["Straße"]


def test_a_query_without_words_marks_nothing() -> None:
    assert _marked("anything", lexemes=()) == []


_WORDS = st.lists(st.text(min_size=1, max_size=8).map(str.lower), max_size=6)


@given(_WORDS, st.text(max_size=200))
def test_spans_are_in_order_inside_the_text_and_apart(words: list[str], text: str) -> None:
    spans = Highlighter(words, words).spans(text)
    flat = [offset for span in spans for offset in span]
    assert flat == sorted(set(flat))
    assert not flat or (flat[0] >= 0 and flat[-1] <= len(text))


@given(st.from_regex(re.compile(r"[a-z]{1,12}"), fullmatch=True))
def test_a_word_finds_itself(word: str) -> None:
    assert _marked(f"so {word.upper()}, then", word) == [word.upper()] or word in ("so", "then")

import re

from hypothesis import given
from hypothesis import strategies as st

from libs.analysis import is_stop_word, query_lexemes
from libs.search.highlight import Highlighter


def _marked(text: str, query: str, languages: tuple[str, ...] = ("en",)) -> list[str]:
    spans = Highlighter(query_lexemes(query, languages), languages).spans(text)
    return [text[start:end] for start, end in spans]


def test_other_forms_of_a_word_are_marked() -> None:
    text = "Storms: a storm stormed the STORMY barnstormer, un-storm storm2."
    assert _marked(text, "storms") == ["Storms", "storm", "stormed", "storm"]


def test_forms_that_share_few_letters_are_marked() -> None:
    assert _marked("They tried. It is dying, all skies.", "try die sky") == [
        "tried",
        "dying",
        "skies",
    ]


def test_part_numbers_and_addresses_are_marked_as_typed() -> None:
    text = "Lamp HL-2041 (not HL-20415), ask Ann@Example.com or v2.10.1; 2041 of 12041."
    assert _marked(text, "HL-2041") == ["HL-2041", "HL", "2041"]
    assert _marked(text, "ann@example.com") == ["Ann@Example.com"]
    assert _marked(text, "v2.10.1") == ["v2.10.1"]
    assert _marked(text, "2041") == ["2041", "2041"]


def test_letters_that_grow_in_lower_case_move_nothing() -> None:
    assert _marked("İİİ İstanbul lamp", "lamp") == ["lamp"]
    assert _marked("Straße ΣΊΣΥΦΟΣ", "straße", ("de",)) == ["Straße"]


def test_words_of_several_languages_are_marked_with_and_without_accents() -> None:
    text = "Die Lampen, los faroles, la lámpara: лампы"
    assert _marked(text, "lampe", ("de",)) == ["Lampen"]
    assert _marked(text, "farol", ("es",)) == ["faroles"]
    assert _marked("La lámpara.", "lampara", ("es",)) == ["lámpara"]
    assert _marked(text, "лампа", ("de", "es", "ru")) == ["лампы"]


def test_neighbouring_characters_are_marked_as_one() -> None:
    assert _marked("灯塔每周清洁一次", "清洁一", ("zh",)) == ["清洁一"]


def test_a_query_without_words_marks_nothing() -> None:
    assert _marked("anything", "") == []


@given(st.text(max_size=40), st.text(max_size=200))
def test_spans_are_in_order_inside_the_text_and_apart(query: str, text: str) -> None:
    languages = ("en", "ja", "vi")
    spans = Highlighter(query_lexemes(query, languages), languages).spans(text)
    flat = [offset for span in spans for offset in span]
    assert flat == sorted(set(flat))
    assert not flat or (flat[0] >= 0 and flat[-1] <= len(text))


@given(st.from_regex(re.compile(r"[a-z]{1,12}"), fullmatch=True))
def test_a_word_finds_itself(word: str) -> None:
    expected = [] if is_stop_word(word, ("en",)) else [word.upper()]
    assert _marked(f"so {word.upper()}, then", word) == expected or word in ("so", "then")

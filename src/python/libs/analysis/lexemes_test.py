import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.analysis import LANGUAGES, NEUTRAL, query_lexemes
from libs.analysis.lexemes import lexemes as lexemes_of_words
from libs.analysis.lexemes import words


def lexemes(text: str, language: str) -> dict[str, list[int]]:
    return lexemes_of_words(words(text), language)


@pytest.mark.parametrize(
    ("language", "text", "query"),
    [
        ("en", "The lamps were cleaned", "cleaning a lamp"),
        ("de", "Die Großmütter der Häuser", "Grossmutter Haus"),
        ("es", "Las lámparas del faro", "lampara faros"),
        ("fr", "L'été, les signaux cassés", "ete signal"),
        ("ru", "Маяки и ёлки", "елка маяк"),
        ("vi", "Ngọn hải đăng cổ", "hai dang co"),
        ("el", "Οι φάροι", "φαρος"),
        ("zh", "灯塔每周清洁一次", "清洁灯塔"),
        ("ja", "ランプを毎週掃除する", "掃除"),
        ("th", "ทำความสะอาดโคมไฟ", "โคมไฟ"),
        ("hi", "किताबें पढ़ना", "किताब"),
        (NEUTRAL, "Ωmega Ångström", "angstrom"),
    ],
)
def test_a_query_meets_a_text_in_its_language(language: str, text: str, query: str) -> None:
    asked = query_lexemes(query, [language])
    assert set(asked) & lexemes(text, language).keys()


def test_a_query_may_be_in_any_of_the_languages() -> None:
    found = query_lexemes("lamps faroles лампы", ["en", "es", "ru"])
    assert {"lamp", "farol", "ламп"} <= set(found)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Replace HL-2041/7 now", "HL-2041"),
        ("Replace HL-2041 now", "hl2041"),
        ("Ask ann.smith@example.com", "ann.smith@example.com"),
        ("std::vector<int> in src/main.cpp", "main.cpp"),
        ("Send an e-mail", "email"),
        ("C++ and C#", "c++"),
        ("v2.10.1", "v2.10.1"),
        ("oil/lamp", "lamp"),
    ],
)
def test_identifiers_are_found_as_typed_and_in_parts(text: str, query: str) -> None:
    assert set(query_lexemes(query, ["en"])) & lexemes(text, "en").keys()


def test_stop_words_are_left_out_of_english_only() -> None:
    assert lexemes("the who", "en") == {}
    assert set(lexemes("the who", NEUTRAL)) == {"the", "who"}


def test_an_accent_counts_where_it_makes_another_word() -> None:
    assert query_lexemes("cổ", ["vi"]) == ["co", "cổ"]
    assert query_lexemes("été", ["fr"]) == ["ete"]


@given(st.text(max_size=60), st.sampled_from([*sorted(LANGUAGES), NEUTRAL]))
def test_any_text_finds_itself(text: str, language: str) -> None:
    found = lexemes(text, language)
    assert set(query_lexemes(text, [language])) == found.keys()
    assert "" not in found
    assert all(min(places) > 0 for places in found.values())

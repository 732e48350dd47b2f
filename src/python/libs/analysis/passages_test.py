import re

from libs.analysis import NEUTRAL, analyse
from libs.analysis.signatures import alike

_TEXT = (
    "In thick fog the sound signal was silent for four hours, until a coaster noticed. The screen "
    "in the watch room showed it as working all that time. The cause was a corroded relay on the "
    "flasher card; it had stuck in the closed position, so the card reported a healthy emitter "
    "while the emitter had no current at all, and nobody in the watch room could have known it."
)


def test_words_of_title_and_heading_belong_to_the_passage_and_are_told_apart() -> None:
    found = analyse("It burns oil.", "The lamp", "Fuel › Oil", "en").lexemes
    assert found == "'lamp':2A 'fuel':1B 'oil':2B,3 'burn':2"


def test_lexemes_are_quoted() -> None:
    assert analyse("a'b", "", None, NEUTRAL).lexemes == "'a':1 'b':2"
    assert analyse("x\\y", "", None, NEUTRAL).lexemes == "'x':1 'y':2"


def test_vocables_are_words_as_written_without_stop_words_and_numbers() -> None:
    found = analyse("The Café's lamps, HL-20 and 2041; 灯塔", "Title", None, "en").vocables
    assert found == ["café", "hl-20", "lamps"]


def test_nearly_the_same_texts_are_alike_unless_a_number_differs() -> None:
    texts = (
        _TEXT,
        _TEXT.replace("coaster", "freighter"),
        f"{_TEXT} It was relay 4.",
        f"{_TEXT} It was relay 5.",
        _TEXT[::-1],
        "A short one.",
        "A short two.",
    )
    signatures = [analyse(text, "", None, "en").signature for text in texts]
    assert all(-(2**63) <= one < 2**63 for one in signatures)
    pairs = {(a, b) for b, a in alike(signatures)}
    assert pairs == {(0, 1)}


def test_a_long_text_keeps_as_many_places_as_postgresql_does() -> None:
    found = analyse("lamp " * 20_000, "灯塔" * 20_000, None, "en").lexemes
    places = [int(one.rstrip("A")) for one in re.findall(r"\d+A?", found)]
    assert max(places) <= 16_383
    assert found.count(",") + 1 <= 3 * 255

"""What is stored of a passage to find it by."""

from collections.abc import Iterator
from dataclasses import dataclass

from libs.analysis.lexemes import LONGEST_WORD, is_run, lexemes, words
from libs.analysis.quoting import quoted
from libs.analysis.signatures import signature
from libs.analysis.stop_words import STOP_WORDS

_MOST_POSITIONS = 255
"""PostgreSQL keeps so many places of a lexeme."""

_MOST_CHARACTERS = 10_000
"""Of a title, of headings, of a text: far more than there are, and below the last place, 16,383."""

_TITLE, _HEADING, _BODY = "A", "B", ""
"""PostgreSQL's labels, by which a lexeme's places are told apart."""

_SHORTEST_VOCABLE = 3


@dataclass(frozen=True, slots=True)
class AnalysedPassage:
    """``lexemes`` as PostgreSQL writes a tsvector; ``vocables`` are its words as people write them.

    Words of the document's title and of the headings above count as if they stood in the passage.
    """

    lexemes: str
    vocables: list[str]
    signature: int


def analyse(text: str, title: str, heading: str | None, language: str) -> AnalysedPassage:
    """Return what a passage is found by, in the language of its document."""
    places: dict[str, list[str]] = {}
    found = words(text[:_MOST_CHARACTERS])
    above = words((heading or "")[:_MOST_CHARACTERS])
    for label, part in (
        (_TITLE, words(title[:_MOST_CHARACTERS])),
        (_HEADING, above),
        (_BODY, found),
    ):
        for lexeme, positions in lexemes(part, language).items():
            known = places.setdefault(lexeme, [])
            room = _MOST_POSITIONS - len(known)
            known += [f"{one}{label}" for one in positions[:room]]
    literal = " ".join([f"{quoted(one)}:{','.join(where)}" for one, where in places.items()])
    return AnalysedPassage(literal, sorted(set(_vocables(found))), signature(found))


def _vocables(found: list[str]) -> Iterator[str]:
    for word in found:
        has_length = _SHORTEST_VOCABLE <= len(word) <= LONGEST_WORD
        if has_length and word[0].isalpha() and word not in STOP_WORDS and not is_run(word):
            yield word

"""A word, a phrase or the beginning of a word, as a query names it and a text must hold it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Self

from libs.analysis import begin_query, literal_query, word_query

_SCRIPTS_WITHOUT_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN_TOGETHER = re.compile(f"[{_SCRIPTS_WITHOUT_SPACES}]")

_ALIKE = ("-‐‑–", "'’")
"""What word processors put for the sign that is on the keyboard, which stands first."""


class TermKind(StrEnum):
    WORD = "word"
    """In any of its forms."""
    LITERAL = "literal"
    """As typed, but for capitals and for what stands between its words."""
    PREFIX = "prefix"
    """As typed, and on to the end of the word."""


@dataclass(frozen=True, slots=True)
class Term:
    kind: TermKind
    text: str

    @classmethod
    def of_word(cls, word: str) -> Self:
        """Letters have forms; a number, a part number or an address is meant as typed."""
        has_forms = word.isalpha() and not _RUN_TOGETHER.search(word)
        return cls(TermKind.WORD if has_forms else TermKind.LITERAL, word)

    @property
    def pattern(self) -> str:
        """A regular expression for Python and PostgreSQL alike, to be used without regard to case.

        What PostgreSQL's stemmer drops from a query is looked for by it, too.
        """
        words = lower(self.text).split()
        body = _escaped(words[0])
        for before, word in pairwise(words):
            # where both could take the same character, Python would try every way to share
            gap = r"\W+" if _ends_word(before[-1]) and _ends_word(word[0]) else r"\s+"
            body += gap + _escaped(word)
        front = r"(?<!\w)" if _ends_word(words[0][0]) else ""
        back = r"(?!\w)" if self.kind is not TermKind.PREFIX and _ends_word(words[-1][-1]) else ""
        return f"{front}{body}{back}"

    @property
    def marked_pattern(self) -> str:
        """What to mark in a text, in lower case."""
        return self.pattern + (r"\w*" if self.kind is TermKind.PREFIX else "")

    def to_json(self, languages: Sequence[str]) -> dict[str, str | None]:
        """As the SQL function ``read_conditions`` takes it.

        ``words`` is what the index can find it by in documents of these languages, None where it
        has nothing but stop words.
        """
        words = _QUERIES[self.kind](self.text, languages)
        return {"kind": self.kind.value, "words": words, "pattern": self.pattern}

    def __str__(self) -> str:
        if self.kind is TermKind.PREFIX:
            return f"{self.text}*"
        return f'"{self.text}"' if self.kind is TermKind.LITERAL else self.text


_QUERIES = {
    TermKind.WORD: word_query,
    TermKind.LITERAL: literal_query,
    TermKind.PREFIX: begin_query,
}


def lower(text: str) -> str:
    """In lower case, each character where it was."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(each if len(each := one.lower()) == 1 else one for one in text)


def _ends_word(character: str) -> bool:
    is_of_word = character.isalnum() or character == "_"
    return is_of_word and not _RUN_TOGETHER.match(character)


def _escaped(word: str) -> str:
    return "".join(map(_escaped_character, word))


def _escaped_character(character: str) -> str:
    for alike in _ALIKE:
        if character in alike:
            return f"[{alike}]"
    is_special = character.isascii() and not character.isalnum() and character != "_"
    return f"\\{character}" if is_special else character

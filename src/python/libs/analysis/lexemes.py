"""The lexemes of a text: what its words are looked up by, whatever their form.

Documents and queries are analysed by the same code, so that they meet. In most languages a lexeme
is the stem of a word without accents; where no spaces part the words it is two neighbouring
characters. Numbers, part numbers, code and addresses are kept as typed, whole and in parts.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from libs.analysis.characters import RUN_TOGETHER, WORD, fold, normalise
from libs.analysis.languages import stemmer, written_in
from libs.analysis.stop_words import STOP_WORDS

LONGEST_WORD = 100
"""Characters; what is longer is no word, and is found by its beginning."""

_FIRST_RUN_TOGETHER = RUN_TOGETHER[0]
_RUN = re.compile(f"[{RUN_TOGETHER}]+")
_LETTERS = rf"(?:[a-z0-9]+|(?![{RUN_TOGETHER}]){WORD})+"
_TOKEN = re.compile(rf"[{RUN_TOGETHER}]+|{_LETTERS}(?:[-‐‑./@_:+#&=~%]+{_LETTERS})*(?:\+\+|\#)?")
_PARTS = re.compile(rf"{WORD}+")
_HAS_DIGIT = re.compile(r"\d")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_HYPHENS = frozenset("-‐‑")
_TONAL = frozenset(("vi",))
"""Another accent is another word there: what is typed with accents also counts as it is."""


def lexemes(found_words: Sequence[str], language: str) -> dict[str, list[int]]:
    """Return each lexeme of a text's words in this language, and where they stand, from 1."""
    places: dict[str, list[int]] = {}
    languages = (language,)
    position = 0
    for word in found_words:
        position += 1
        found = _of_word(word, languages)
        if is_run(word):
            for at, lexeme in enumerate(found, start=position):
                places.setdefault(lexeme, []).append(at)
            position += len(found)
            continue
        for lexeme in found:
            places.setdefault(lexeme, []).append(position)
    return places


def query_lexemes(text: str, languages: Sequence[str]) -> list[str]:
    """Return what the words of a text may be in documents of these languages, once each."""
    known = tuple(languages)
    return list(dict.fromkeys(one for word in words(text) for one in _of_word(word, known)))


def words(text: str) -> list[str]:
    """Return the words of a text in order, composed and in lower case.

    A part number or an address is one; so is a run of a script without spaces.
    """
    return _TOKEN.findall(normalise(text))


def parts(text: str) -> list[str]:
    """Return the words of a text with compounds and addresses taken apart."""
    return [
        part for word in words(text) for part in ([word] if is_run(word) else _PARTS.findall(word))
    ]


def is_run(word: str) -> bool:
    """Whether no spaces part the words in this."""
    # nearly all words are decided by their first letter
    return word[:1] >= _FIRST_RUN_TOGETHER and _RUN.match(word) is not None


def is_stop_word(word: str, languages: Sequence[str]) -> bool:
    """Whether documents of one of these languages do not have the word in their lexemes."""
    return word in STOP_WORDS and "en" in languages


def word_lexemes(word: str, languages: Sequence[str]) -> tuple[str, ...]:
    """Return what a word, as ``words`` has it, may be in documents of these languages.

    A stop word of English is nothing there.
    """
    return _of_word(word, tuple(languages))


@lru_cache(maxsize=131_072)
def _of_word(word: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    if is_run(word):
        return tuple(_neighbours(word))
    word = word[:LONGEST_WORD]
    if word.isalpha() or (pieces := _PARTS.findall(word)) == [word]:
        return _of_part(word, languages)
    found = {fold(word): None}
    if len(pieces) > 1 and _is_one_word(word):
        found.update(dict.fromkeys(_of_part("".join(pieces), languages)))
    for part in pieces:
        found.update(dict.fromkeys(_of_part(part, languages)))
    return tuple(filter(None, found))


def _is_one_word(compound: str) -> bool:
    """Whether others write it without its signs: HL-2041, e-mail; not 12:30."""
    has_letter = _HAS_LETTER.search(compound) is not None
    if _HAS_DIGIT.search(compound):
        return has_letter
    return set(_PARTS.sub("", compound)) <= _HYPHENS


def _neighbours(run: str) -> Iterator[str]:
    """Yield each two neighbouring characters; a character that stands alone is itself."""
    if len(run) == 1:
        yield run
    for first in range(len(run) - 1):
        yield run[first : first + 2]


def _of_part(word: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the forms of what is letters, or digits, or both."""
    found: dict[str, None] = {}
    for language in languages if len(languages) == 1 else written_in(word, languages):
        if language != "en" or word not in STOP_WORDS:
            found.update(dict.fromkeys(_forms(word, language)))
    return tuple(filter(None, found))  # a mark alone folds to nothing


def _forms(word: str, language: str) -> Iterator[str]:
    stem = stemmer(language)
    plain = fold(word)
    if stem is None or not word[0].isalpha():
        yield plain
    else:
        yield fold(stem.stemWord(word))
        if plain != word:
            yield fold(stem.stemWord(plain))
    if language in _TONAL and plain != word:
        yield word

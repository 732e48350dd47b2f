"""What to look up in the index of lexemes, as PostgreSQL writes a tsquery."""

from collections.abc import Iterable, Sequence

from libs.analysis.characters import fold
from libs.analysis.lexemes import LONGEST_WORD, is_run, is_stop_word, parts, word_lexemes, words
from libs.analysis.quoting import quoted

_MOST_DROPPED = 10
_ENDINGS = ("", "e", "i")
"""What a stem may have in the place of a word's last letters."""


def word_query(word: str, languages: Sequence[str]) -> str | None:
    """Any form of a word; None where it has no lexeme, as a stop word."""
    return _any(
        one
        for each in words(word)
        if not is_stop_word(each, languages)
        for one in word_lexemes(each, languages)
    )


def literal_query(literal: str, languages: Sequence[str]) -> str | None:
    """All words of a phrase, wherever they stand; None where it has none but stop words.

    The index does not know the words as typed: the text has to be asked, too.
    """
    return _all(_part_query(one, languages) for one in parts(literal))


def begin_query(beginning: str, languages: Sequence[str]) -> str | None:
    """Words that begin so, and all of what stands before the last one.

    Also those whose stems are shorter, by ten letters at most: for "generaliz", general.
    """
    *before, last = parts(beginning) or [""]
    if not last:
        return None
    word = fold(last)[:LONGEST_WORD]
    begun = {f"{quoted(word)}:*": None}
    if word.isalpha() and not is_run(word):
        for length in range(max(2, len(word) - _MOST_DROPPED), len(word) + 1):
            begun.update((quoted(word[:length] + ending), None) for ending in _ENDINGS)
    found = "(" + "|".join(begun) + ")"
    first = _all(_part_query(one, languages) for one in before)
    return found if first is None else f"{first}&{found}"


def _part_query(part: str, languages: Sequence[str]) -> str | None:
    if is_stop_word(part, languages):
        return None
    if not is_run(part):
        return _any(word_lexemes(part, languages))
    if len(part) == 1:
        return f"{quoted(part)}:*"
    return _all(quoted(one) for one in word_lexemes(part, languages))


def _any(lexemes: Iterable[str]) -> str | None:
    found = "|".join(dict.fromkeys(map(quoted, lexemes)))
    return f"({found})" if found else None


def _all(queries: Iterable[str | None]) -> str | None:
    found = "&".join(dict.fromkeys(filter(None, queries)))
    return f"({found})" if found else None

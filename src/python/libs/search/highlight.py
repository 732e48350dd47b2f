"""Where the words of a query stand in a passage.

Here and not in PostgreSQL, whose ts_headline parses every passage anew: 1 to 2 ms for ten of them.
"""

import re
from collections.abc import Collection, Iterator

import Stemmer

from libs.search.terms import lower

type Span = tuple[int, int]

_CHANGED_BY_STEMMING = 2
"""A stem's last letters may not be the word's (probable, probabl; dying, die); the rest is."""


class Highlighter:
    """Finds the words that stem as a query's do, and its numbers, names and addresses as typed."""

    def __init__(
        self, words: Collection[str], lexemes: Collection[str], patterns: Collection[str] = ()
    ) -> None:
        """``words`` are the query's, in lower case and without stop words; ``lexemes`` are what
        PostgreSQL made of them. Its stemmer and this one disagree on one word in four hundred.
        What fits one of ``patterns`` is marked as it is.
        """
        stem = Stemmer.Stemmer("english").stemWord
        self._stem = stem
        self._stems = {*filter(str.isalpha, lexemes), *map(stem, filter(str.isalpha, words))}
        heads = {one[: max(1, len(one) - _CHANGED_BY_STEMMING)] for one in self._stems}
        literals = {one for one in (*words, *lexemes) if not one.isalpha()}
        found = [_word(head) for head in heads] + [_literal(one) for one in literals]
        # the longest first, as the first that fits is taken
        found.sort(key=len, reverse=True)
        if patterns:
            found.insert(0, f"({'|'.join(sorted(patterns, key=len, reverse=True))})")
        self._pattern = re.compile("|".join(found)) if found else None

    def spans(self, text: str) -> tuple[Span, ...]:
        """Return the spans of the query's words, in order; those that touch are one."""
        spans: list[Span] = []
        for start, end in self._matches(lower(text)):
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        return tuple(spans)

    def _matches(self, lower: str) -> Iterator[Span]:
        if self._pattern is None:
            return
        for match in self._pattern.finditer(lower):
            word = match[0]
            if match.lastindex or not word.isalpha() or self._stem(word) in self._stems:
                yield match.span()


def _word(head: str) -> str:
    """A word that begins so. The look behind comes second, so that most of a text is skipped."""
    return rf"{head}(?<![^\W_].{{{len(head)}}})[^\W\d_]*+(?!\d)"


def _literal(word: str) -> str:
    behind = rf"(?<!\w.{{{len(word)}}})" if word[:1].isalnum() else ""
    return rf"{re.escape(word)}{behind}(?!\w)"

"""Where the words of a query stand in a passage.

Here and not in PostgreSQL, whose ts_headline parses every passage anew: 1 to 2 ms for ten of them.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from libs.analysis import WORD, fold_in_place, is_run, word_lexemes, words

type Span = tuple[int, int]

_SIGN = re.compile(WORD)
_REST = re.compile(f"{WORD}*+")

_CHANGED_BY_STEMMING = 2
"""A stem's last letters may not be the word's (probable, probabl; dying, die); the rest is."""


class Highlighter:
    """Finds the words that have a query's lexemes, whatever their form."""

    def __init__(
        self, lexemes: Collection[str], languages: Sequence[str], patterns: Collection[str] = ()
    ) -> None:
        """``lexemes`` are the query's in documents of these languages.

        What fits one of ``patterns`` is marked as it is.
        """
        self._lexemes = frozenset(lexemes)
        self._languages = tuple(languages)
        self._runs = [one for one in lexemes if is_run(one)]
        stems = {one for one in lexemes if one.isalpha()}.difference(self._runs)
        self._typed = self._lexemes.difference(self._runs, stems)
        self._heads = {_head(one) for one in stems}
        # the longest first, as the first that fits is taken
        longest_first = sorted(patterns, key=len, reverse=True)
        self._pattern = re.compile("|".join(longest_first)) if patterns else None
        self._tells: dict[str, bool] = {}

    def spans(self, text: str) -> tuple[Span, ...]:
        """Return the spans of the query's words, in order; those that touch are one."""
        folded = fold_in_place(text)
        spans: list[Span] = []
        for start, end in sorted(self._matches(folded)):
            if spans and spans[-1][1] >= start:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return tuple(spans)

    def _matches(self, folded: str) -> Iterator[Span]:
        """They overlap: of three characters in a row, the second is in two lexemes."""
        for run in self._runs:
            for start in _places(run, folded):
                yield start, start + len(run)
        for word in self._typed:
            for start in _places(word, folded):
                if _is_apart(folded, start, start + len(word)):
                    yield start, start + len(word)
        yield from self._forms(folded)
        if self._pattern is not None:
            yield from (match.span() for match in self._pattern.finditer(folded))

    def _forms(self, folded: str) -> Iterator[Span]:
        """Words that begin as a stem does, and have it. Most of the time goes here."""
        find, tells = folded.find, self._tells
        for head in self._heads:
            start = find(head)
            while start >= 0:
                end = start + 1
                if start == 0 or not folded[start - 1].isalnum():
                    end = _end_of_word(folded, start + len(head))
                    word = folded[start:end]
                    if word not in tells:
                        tells[word] = self._has(word)
                    if tells[word]:
                        yield start, end
                start = find(head, end)

    def _has(self, word: str) -> bool:
        return word in self._lexemes or any(
            lexeme in self._lexemes
            for one in words(word)
            for lexeme in word_lexemes(one, self._languages)
        )


def _head(stem: str) -> str:
    return stem[: max(1, len(stem) - _CHANGED_BY_STEMMING)]


def _places(part: str, folded: str) -> Iterator[int]:
    """Where it stands. Looking for each is faster than compiling a pattern for every query."""
    start = folded.find(part)
    while start >= 0:
        yield start
        start = folded.find(part, start + 1)


def _is_apart(folded: str, start: int, end: int) -> bool:
    """Whether a word as typed is no part of a longer one."""
    begins_word = folded[start].isalnum() and start > 0
    is_inside = begins_word and _SIGN.match(folded, start - 1) is not None
    return not is_inside and _SIGN.match(folded, end) is None


def _end_of_word(folded: str, start: int) -> int:
    rest = _REST.match(folded, start)
    assert rest is not None
    return rest.end()

"""Where the words of a query stand in a passage.

Here and not in PostgreSQL, whose ts_headline parses every passage anew: 1 to 2 ms for ten of them.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from libs.analysis import WORD, fold_in_place, is_run, word_lexemes, words

type Span = tuple[int, int]

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
        runs = {one for one in lexemes if is_run(one)}
        stems = {one for one in lexemes if one.isalpha() and one not in runs}
        typed = {one for one in lexemes if one not in runs and one not in stems}
        # the longest first, as the first that fits is taken
        found = sorted(map(_literal, typed), key=len, reverse=True)
        if stems:
            heads = sorted({_head(one) for one in stems}, key=len, reverse=True)
            found.append(f"(?:{'|'.join(map(_beginning, heads))}){WORD}*+")
        if patterns:
            found.insert(0, f"({'|'.join(sorted(patterns, key=len, reverse=True))})")
        self._pattern = re.compile("|".join(found)) if found else None
        self._runs = re.compile(f"(?=({'|'.join(map(re.escape, runs))}))") if runs else None

    def spans(self, text: str) -> tuple[Span, ...]:
        """Return the spans of the query's words, in order; those that touch are one."""
        folded = fold_in_place(text)
        spans: list[Span] = []
        for start, end in sorted([*self._matches(folded), *self._run_matches(folded)]):
            if spans and spans[-1][1] >= start:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return tuple(spans)

    def _matches(self, folded: str) -> Iterator[Span]:
        if self._pattern is None:
            return
        for match in self._pattern.finditer(folded):
            if match.lastindex or match[0] in self._lexemes or self._has(match[0]):
                yield match.span()

    def _run_matches(self, folded: str) -> Iterator[Span]:
        """They overlap: of three characters in a row, the second is in two lexemes."""
        if self._runs is not None:
            for match in self._runs.finditer(folded):
                yield match.span(1)

    def _has(self, word: str) -> bool:
        return any(
            lexeme in self._lexemes
            for one in words(word)
            for lexeme in word_lexemes(one, self._languages)
        )


def _head(stem: str) -> str:
    return stem[: max(1, len(stem) - _CHANGED_BY_STEMMING)]


def _beginning(head: str) -> str:
    """A word's beginning. The look behind comes second, so that most of a text is skipped."""
    return rf"{head}(?<![^\W_].{{{len(head)}}})"


def _literal(word: str) -> str:
    behind = rf"(?<!{WORD}.{{{len(word)}}})" if word[:1].isalnum() else ""
    return rf"{re.escape(word)}{behind}(?!{WORD})"

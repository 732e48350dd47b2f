"""Why a hit is there, in words."""

from collections.abc import Sequence

from libs.analysis import is_stop_word, word_lexemes, words
from libs.search.highlight import Span

_VERY_CLOSE, _CLOSE = 0.6, 0.4
_MOST_NAMED = 5


class Explainer:
    """Tells which words of a query a passage has, and how close it is in meaning."""

    def __init__(self, text: str, languages: Sequence[str]) -> None:
        self._languages = tuple(languages)
        self._asked = {
            word: frozenset(word_lexemes(word, languages))
            for word in words(text)
            if not is_stop_word(word, languages)
        }

    def why(self, text: str, highlights: Sequence[Span], title: str, semantic: float | None) -> str:
        """Return one sentence. ``highlights`` are of ``text``; ``semantic`` is a cosine."""
        marked = " ".join(text[start:end] for start, end in highlights)
        reasons = [
            *self._of_words(self._held(marked), "its text has"),
            *self._of_words(self._held(title), "the title has"),
        ]
        if semantic is not None:
            reasons.append(f"{_closeness(semantic)} in meaning ({semantic:.2f})")
        sentence = "; ".join(reasons) or "everything that was asked for holds"
        return f"{sentence[0].upper()}{sentence[1:]}."

    def _held(self, text: str) -> list[str]:
        lexemes = {one for word in words(text) for one in word_lexemes(word, self._languages)}
        return [word for word, forms in self._asked.items() if not forms.isdisjoint(lexemes)]

    def _of_words(self, held: Sequence[str], what: str) -> list[str]:
        if not held:
            return []
        named = ", ".join(f"“{word}”" for word in held[:_MOST_NAMED])
        more = f" and {len(held) - _MOST_NAMED} more" if len(held) > _MOST_NAMED else ""
        share = "" if len(self._asked) == 1 else f" ({len(held)} of {len(self._asked)} words)"
        return [f"{what} {named}{more}{share}"]


def _closeness(semantic: float) -> str:
    if semantic >= _VERY_CLOSE:
        return "very close"
    return "close" if semantic >= _CLOSE else "not close"

"""The languages whose words are stemmed, and how to tell in which one a text is written."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

import Stemmer

NEUTRAL = ""
"""No language: words are as they stand, but for capitals and accents."""

STEMMERS: Mapping[str, str] = MappingProxyType(
    {
        "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
        "el": "greek", "en": "english", "es": "spanish", "et": "estonian", "eu": "basque",
        "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
        "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
        "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish",
        "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
        "ta": "tamil", "tr": "turkish",
    }
)  # fmt: skip
"""ISO 639-1 and the Snowball stemmer of the language."""

_UNSTEMMED = ("bg", "he", "ja", "ko", "th", "uk", "vi", "zh")

LANGUAGES = frozenset((*STEMMERS, *_UNSTEMMED))
"""What a document's language may be, as ISO 639-1."""

_SCRIPTS = {
    "CYRILLIC": frozenset(("ru", "sr", "bg", "uk")),
    "GREEK": frozenset(("el",)),
    "ARABIC": frozenset(("ar", "fa")),
    "HEBREW": frozenset(("he",)),
    "ARMENIAN": frozenset(("hy",)),
    "DEVANAGARI": frozenset(("hi", "ne")),
    "TAMIL": frozenset(("ta",)),
    "HANGUL": frozenset(("ko",)),
}
_OTHERS = frozenset((NEUTRAL, "ja", "th", "zh"))
_LATIN = LANGUAGES - frozenset().union(*_SCRIPTS.values(), _OTHERS) | {"sr"}


@cache
def stemmer(language: str) -> Stemmer.Stemmer | None:
    """Return the stemmer, None where words of the language are left as they are.

    One is shared by all threads: stemming a word holds the GIL.
    """
    algorithm = STEMMERS.get(language)
    return Stemmer.Stemmer(algorithm) if algorithm else None


def written_in(word: str, languages: Iterable[str]) -> list[str]:
    """Return those of the languages in whose script the word's first letter is."""
    first = next(filter(str.isalpha, word), "a")
    script = unicodedata.name(first, "").split(" ", 1)[0]
    fitting = _SCRIPTS.get(script, _LATIN if script == "LATIN" else frozenset())
    return [one for one in languages if one in fitting or one == NEUTRAL]

"""Which characters make words, which scripts write without spaces, and what folds to what."""

import re
import unicodedata

_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
)
_INDIC = "\u0900-\u0963\u0966-\u0dff"
_JOINERS = "\u200c\u200d"

WORD = rf"(?:[^\W_]|[{_MARKS}{_INDIC}{_JOINERS}])"
"""A character of a word: letters, digits, and the marks that Python's ``\\w`` leaves out."""

RUN_TOGETHER = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ede\u1000-\u109f\u1780-\u17dd"
    "\u3005-\u3007\u3031-\u3035\u303b\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Scripts in which no space parts the words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""

_FOLDED_BEFORE = 0x2000
"""Latin, Greek, Cyrillic and Arabic, where accents are told apart by some and typed by few."""

_INDIC_AND_THAI = (0x900, 0x1100)
"""Their marks are vowels."""

_KEPT = "йЙїЇўЎ"
"""Letters of their own in Cyrillic, which only look like others with an accent."""

_LIGATURES = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ı": "i",
}


def _accents() -> dict[int, str]:
    folded = {ord(sign): plain for sign, plain in _LIGATURES.items()}
    for code in (*range(0xC0, _INDIC_AND_THAI[0]), *range(_INDIC_AND_THAI[1], _FOLDED_BEFORE)):
        sign = chr(code)
        if unicodedata.combining(sign):
            folded[code] = ""
        base = unicodedata.normalize("NFD", sign)
        if len(base) > 1 and sign not in _KEPT and unicodedata.combining(base[1]):
            folded[code] = "".join(one for one in base if not unicodedata.combining(one))
    return folded


_ACCENTS = _accents()


def fold(word: str) -> str:
    """Return the word without accents: ``café`` as ``cafe``, ``Straße`` as ``Strasse``."""
    return word if word.isascii() else word.translate(_ACCENTS)


def fold_in_place(text: str) -> str:
    """Return the text in lower case and without accents, each character where it was."""
    small = text.lower()
    if small.isascii():
        return small
    if len(small) != len(text):
        return text.translate(_IN_PLACE)
    # translating the rest alone is several times faster where most is ASCII
    return _BEYOND_ASCII.sub(lambda run: run[0].translate(_IN_PLACE), small)


class _InPlace(dict[int, int]):
    """What one character folds to, if that is one character; filled as texts need it."""

    def __missing__(self, code: int) -> int:
        small = chr(code).lower()
        folded = fold(small if len(small) == 1 else chr(code))
        self[code] = ord(folded) if len(folded) == 1 else ord(small) if len(small) == 1 else code
        return self[code]


_IN_PLACE = _InPlace()
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def normalise(text: str) -> str:
    """Return the text composed (NFKC) and in lower case, as words are told apart."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())

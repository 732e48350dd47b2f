"""Text from documents and file names, made fit for a terminal."""

import unicodedata


def printable(text: str) -> str:
    """Replace what would steer the terminal, or is no Unicode; the length stays."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(c) else c for c in text)


def flat(text: str) -> str:
    """The text on one line; the length stays, so that offsets still hold."""
    return printable(text.replace("\n", " ").replace("\t", " "))


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _steers(character: str) -> bool:
    # controls, lone surrogates, and the marks that turn the direction of writing around
    return unicodedata.category(character) in ("Cc", "Cs") or character in _TURNS


_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

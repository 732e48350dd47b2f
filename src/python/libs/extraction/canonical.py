"""Bytes become characters, and characters become canonical text."""

import re
from codecs import (
    BOM_UTF8,
    BOM_UTF16_BE,
    BOM_UTF16_LE,
    BOM_UTF32_BE,
    BOM_UTF32_LE,
    getincrementaldecoder,
)

_BOMS = [
    (BOM_UTF8, "utf-8"),
    (BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (BOM_UTF32_BE, "utf-32-be"),
    (BOM_UTF16_LE, "utf-16-le"),
    (BOM_UTF16_BE, "utf-16-be"),
]
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SAMPLE = 64 * 1024


def canonical(text: str) -> str:
    """Return ``text`` as Ibid stores it; doing it twice changes nothing."""
    text = _BREAKS.sub("\n", text)
    text = _UNWANTED.sub("", text)
    return _SURROGATES.sub("\ufffd", text).lstrip("\ufeff")


def decode(content: bytes) -> str:
    """Return the text of ``content``, in whatever encoding it is. Never fails.

    A byte-order mark decides, then UTF-8 if it is valid, then what the bytes look like: UTF-16
    without a mark, UTF-8 with a few damaged bytes, Windows-1252.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_guess(content), "replace")


def _guess(content: bytes) -> str:
    sample = content[:_SAMPLE]
    if sample[1::2].count(0) > len(sample) // 5 and not sample[::2].count(0):
        return "utf-16-le"
    if sample[::2].count(0) > len(sample) // 5 and not sample[1::2].count(0):
        return "utf-16-be"
    decoded = content.decode("utf-8", "replace")
    damaged = decoded.count("\ufffd")
    intact = sum(1 for character in decoded[:_SAMPLE] if character > "\x7f") - damaged
    return "utf-8" if intact > damaged else "cp1252"


def looks_like_text(sample: bytes) -> bool:
    """Tell whether these first bytes of a document are text in some encoding.

    Stray NULs and control characters are forgiven, more of them where the rest is valid UTF-8.
    """
    if any(sample.startswith(mark) for mark, _ in _BOMS):
        return True
    try:
        text = getincrementaldecoder("utf-8")().decode(sample)
        forgiven = len(text) // 3
    except UnicodeDecodeError:
        text = decode(sample)
        # Noise has one such character in eight; a short text may have a few without being noise.
        forgiven = 2 + len(text) // 16
    return len(_UNWANTED.findall(text)) + text.count("\ufffd") <= forgiven

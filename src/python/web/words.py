"""Numbers and times as people say them."""

from datetime import date, datetime

NONE_GIVEN = "none given"

_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_MONTH_SECONDS = 30 * 86_400

_KINDS = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "text/html": "HTML",
    "text/markdown": "Markdown",
    "text/plain": "Text",
}

_LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "ne": "Nepali",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sr": "Serbian", "sv": "Swedish", "ta": "Tamil", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def size(size_bytes: int) -> str:
    """Return the size in powers of 1000, with at most one decimal."""
    value = float(size_bytes)
    for unit in _UNITS:
        if value < 999.95 or unit == _UNITS[-1]:
            break
        value /= 1000
    if unit == "bytes":
        return count(size_bytes, "byte")
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def count(number: int, noun: str) -> str:
    """Return the number and the noun in its number: 1 page, 1,200 pages."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago it was; after a month, the day."""
    seconds = (now - then).total_seconds()
    if seconds >= _MONTH_SECONDS:
        return day(then)
    for noun, step in _STEPS:
        if seconds >= step:
            return f"{count(int(seconds // step), noun)} ago"
    return "just now"


def day(then: date) -> str:
    """Return the day as people write it: 1 Nov 2026."""
    return f"{then:%d %b %Y}".lstrip("0")


def moment(then: datetime) -> str:
    """Return the time to the minute."""
    return f"{then:%Y-%m-%d %H:%M} UTC"


def seconds_between(start: datetime, end: datetime) -> str:
    """Return the time between two moments."""
    seconds = max(0.0, (end - start).total_seconds())
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def kind(media_type: str) -> str:
    """Return what people call documents of the media type."""
    return _KINDS.get(media_type, media_type)


def kinds() -> dict[str, str]:
    """Return the media types that documents have, and what people call them."""
    return dict(_KINDS)


def language(code: str) -> str:
    """Return the English name of an ISO 639-1 language; "" is a language that nobody could tell."""
    return _LANGUAGES.get(code, code) or NONE_GIVEN

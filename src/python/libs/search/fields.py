"""What a query asks of the document: ``title:manual``, ``type:pdf``, ``after:2024-05``."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from libs.search.terms import Term, TermKind

_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "markdown": "text/markdown",
    "text": "text/plain",
}
_MEDIA_TYPES |= {
    "word": _MEDIA_TYPES["docx"],
    "htm": _MEDIA_TYPES["html"],
    "md": _MEDIA_TYPES["markdown"],
    "txt": _MEDIA_TYPES["text"],
}
_METADATA = "metadata."
_DATE = "a year, a month or a day, such as 2024-05-31"
_TYPE = "pdf, docx, html, md, txt or a media type, such as text/html"
_VALUES = {"before": _DATE, "after": _DATE, "type": _TYPE, "media_type": _TYPE}
"""What these take; any text is a value of the others."""
_SHOWN = 60
"""Characters of what was typed."""
_BUILT_IN = frozenset({"title", "collection", "media_type", "author", "before", "after"})
_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)


class FieldKind(StrEnum):
    TITLE = "title"
    COLLECTION = "collection"
    MEDIA_TYPE = "media_type"
    METADATA = "metadata"
    FROM = "from"
    UNTIL = "until"


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """``value`` is a pattern, a media type or a time, by the kind; ``source`` is as typed."""

    kind: FieldKind
    value: str
    source: str
    key: str | None = None
    is_negated: bool = False

    def to_json(self) -> dict[str, object]:
        """As the SQL function ``field_condition`` takes it."""
        return {
            "kind": self.kind.value,
            "key": self.key,
            "value": self.value,
            "negated": self.is_negated,
        }

    def __str__(self) -> str:
        return f"-{self.source}" if self.is_negated else self.source


def must_be_known(name: str) -> bool:
    """Whether a word before a colon is a field only where a document has it in its metadata."""
    return name.lower() not in _BUILT_IN and not name.lower().startswith(_METADATA)


def read_field(
    name: str, value: Term, keys: Collection[str], *, is_negated: bool
) -> FieldTerm | None:
    """Return what is asked of a document, None where ``name:value`` is only text.

    ``keys`` are those names that documents have in their metadata.
    """
    found = _read_built_in(name.lower(), value)
    if found is None and name.lower().startswith(_METADATA) and name[len(_METADATA) :]:
        found = FieldKind.METADATA, value.pattern, name[len(_METADATA) :]
    if found is None and name in keys:
        found = FieldKind.METADATA, value.pattern, name
    if found is None:
        return None
    kind, wanted, key = found
    shown = f'"{value.text}"' if " " in value.text else value.text
    star = "*" if value.kind is TermKind.PREFIX else ""
    return FieldTerm(kind, wanted, f"{name}:{shown}{star}", key, is_negated)


def told_as_text(name: str, value: str) -> str | None:
    """Say so where ``name:value`` is only text, but may have been meant for a field."""
    taken = _VALUES.get(name.lower())
    if taken is None:
        return None
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    return f"{name}:{shown} was read as words, as {name}: takes {taken}."


def _read_built_in(name: str, value: Term) -> tuple[FieldKind, str, str | None] | None:
    if name == "title":
        return FieldKind.TITLE, value.pattern, None
    if name == "collection":
        # its whole name, as it is told apart from the others by that
        end = "" if value.kind is TermKind.PREFIX else r"\s*$"
        return FieldKind.COLLECTION, rf"^\s*{value.pattern}{end}", None
    if name == "author":
        return FieldKind.METADATA, value.pattern, "author"
    if name in ("type", "media_type"):
        media_type = _media_type(value.text.lower())
        return None if media_type is None else (FieldKind.MEDIA_TYPE, media_type, None)
    if name in ("before", "after"):
        moment = _moment(value)
        kind = FieldKind.UNTIL if name == "before" else FieldKind.FROM
        return None if moment is None else (kind, moment.isoformat(), None)
    return None


def _media_type(text: str) -> str | None:
    return text if "/" in text else _MEDIA_TYPES.get(text)


def _moment(value: Term) -> datetime | None:
    """The beginning of a year, a month or a day, or a moment; in UTC unless it says otherwise."""
    if value.kind is TermKind.PREFIX:
        return None
    month = _MONTH.fullmatch(value.text)
    try:
        if month is not None:
            return datetime(int(month[1]), int(month[2] or 1), 1, tzinfo=UTC)
        moment = datetime.fromisoformat(value.text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

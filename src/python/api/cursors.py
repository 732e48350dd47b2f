"""Opaque cursors: where a list goes on. They are data from outside, so they are read strictly."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from api.problems import BadRequest
from ibid_contract import Page


class BadCursor(BadRequest):
    """The cursor is not one that this list gave. Start again without it."""

    code: ClassVar[str] = "bad-cursor"


class After(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The id of the last item that the caller has."""

    after: UUID


class Before(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The number of the last version that the caller has."""

    before: int


def write(position: msgspec.Struct) -> str:
    return urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode()


def read[T: msgspec.Struct](cursor: str, kind: type[T]) -> T:
    """Raises BadCursor unless ``write`` made this very cursor of such a position."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        position = msgspec.json.decode(urlsafe_b64decode(padded), type=kind)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise BadCursor from error
    if write(position) != cursor:
        raise BadCursor
    return position


def read_after(cursor: str | None) -> UUID | None:
    return None if cursor is None else read(cursor, After).after


def read_before(cursor: str | None) -> int | None:
    return None if cursor is None else read(cursor, Before).before


class Identified(Protocol):
    @property
    def id(self) -> UUID: ...


def after(item: Identified) -> After:
    return After(item.id)


def page[T, W](
    found: Sequence[T], limit: int, present: Callable[[T], W], mark: Callable[[T], msgspec.Struct]
) -> Page[W]:
    """Return the first ``limit`` of ``found``, which holds one more when the list goes on.

    ``mark`` makes the position of the last one.
    """
    items = found[:limit]
    more = len(found) > limit
    return Page([present(item) for item in items], write(mark(items[-1])) if more else None)

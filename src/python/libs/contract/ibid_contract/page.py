"""One page of a list."""

import msgspec


class Page[T](msgspec.Struct, frozen=True):
    """``next_cursor`` asks for the items after these; null means that there are none."""

    items: list[T]
    next_cursor: str | None = None

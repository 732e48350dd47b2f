"""A call of the API: what is sent, and what the answer is. Nothing here does I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from ibid_client.forms import Form
from ibid_contract import Page

type Query = str | int | UUID | None


@dataclass(frozen=True, slots=True)
class Call[T]:
    """A request, and how its answer is read.

    ``extra_seconds`` is time that the server may take on top; ``also_answers`` are statuses that
    would be a problem elsewhere.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    decode: Callable[[bytes], T]
    query: Mapping[str, Query] = field(default_factory=dict)
    body: bytes | Form | None = None
    idempotency_key: str | None = None
    extra_seconds: float = 0
    also_answers: frozenset[int] = frozenset()
    next_page: Callable[[T], "Call[T] | None"] = lambda _: None

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return not isinstance(self.body, Form) or self.body.start is not None


def get[T](path: str, kind: type[T], **query: Query) -> Call[T]:
    return Call("GET", path, msgspec.json.Decoder(kind).decode, query)


def list_page[T](path: str, kind: type[Page[T]], **query: Query) -> Call[Page[T]]:
    def next_page(page: Page[T]) -> Call[Page[T]] | None:
        if page.next_cursor is None:
            return None
        return replace(call, query={**query, "cursor": page.next_cursor})

    call = replace(get(path, kind, **query), next_page=next_page)
    return call


def post[T](
    path: str, kind: type[T], body: msgspec.Struct | None = None, key: str | None = None
) -> Call[T]:
    return Call(
        "POST",
        path,
        msgspec.json.Decoder(kind).decode,
        body=None if body is None else msgspec.json.encode(body),
        idempotency_key=key or str(uuid4()),
    )


def delete(path: str) -> Call[None]:
    return Call("DELETE", path, lambda _: None)

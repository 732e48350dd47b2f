"""What is searched, as an address of the search page says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from ibid_contract import Filters, SearchMode, SearchRequest
from ibid_contract.search import MAX_QUERY_LENGTH
from web import links, metadata


@dataclass(frozen=True, slots=True)
class SearchState:
    """``metadata`` is as typed. ``page`` counts from 1 and only says how far ``cursor`` is."""

    query: str = ""
    collections: tuple[UUID, ...] = ()
    documents: tuple[UUID, ...] = ()
    mode: SearchMode = SearchMode.HYBRID
    media_types: tuple[str, ...] = ()
    metadata: str = ""
    after: date | None = None
    before: date | None = None
    explain: bool = False
    cursor: str | None = None
    page: int = 1

    @classmethod
    def read(cls, params: Mapping[str, Sequence[str]]) -> "SearchState":
        """Return what the address says. What makes no sense in it is passed over."""

        def one(name: str) -> str:
            return params.get(name, [""])[-1]

        mode = one("mode")
        page = one("page")
        return cls(
            query=one("q")[:MAX_QUERY_LENGTH],
            collections=_ids(params.get("collection", [])),
            documents=_ids(params.get("document", [])),
            mode=SearchMode(mode) if mode in SearchMode else SearchMode.HYBRID,
            media_types=tuple(params.get("type", [])),
            metadata=one("metadata"),
            after=_day(one("after")),
            before=_day(one("before")),
            explain=one("explain") == "1",
            cursor=one("cursor") or None,
            page=int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1,
        )

    def params(self) -> dict[str, str | list[str]]:
        """Return the parameters of the address; defaults are left out."""
        given: dict[str, str | list[str]] = {
            "q": self.query,
            "collection": [str(one) for one in self.collections],
            "document": [str(one) for one in self.documents],
            "mode": "" if self.mode is SearchMode.HYBRID else self.mode.value,
            "type": list(self.media_types),
            "metadata": self.metadata,
            "after": self.after.isoformat() if self.after else "",
            "before": self.before.isoformat() if self.before else "",
            "explain": "1" if self.explain else "",
            "cursor": self.cursor or "",
            "page": str(self.page) if self.cursor else "",
        }
        return {name: value for name, value in given.items() if value}

    def href(self) -> str:
        return links.address(links.SEARCH, self.params())

    def first_page(self) -> "SearchState":
        return replace(self, cursor=None, page=1)

    def next_page(self, cursor: str) -> "SearchState":
        return replace(self, cursor=cursor, page=self.page + 1)

    def without_filters(self) -> "SearchState":
        return SearchState(self.query, mode=self.mode, explain=self.explain)

    @property
    def has_filters(self) -> bool:
        return bool(self.collections or self.documents or self.filters_in_use)

    @property
    def filters_in_use(self) -> int:
        """How many filters there are beside collections and documents."""
        given = (self.media_types, self.metadata.strip(), self.after, self.before)
        return sum(1 for one in given if one)

    def request(self, limit: int) -> SearchRequest:
        """Return what to ask the API. Raises metadata.Malformed."""
        return SearchRequest(
            query=self.query,
            collections=list(self.collections) or None,
            filters=self._filters() if self.documents or self.filters_in_use else None,
            mode=self.mode,
            limit=limit,
            cursor=self.cursor,
            explain=self.explain,
        )

    def _filters(self) -> Filters:
        return Filters(
            metadata=metadata.parse(self.metadata) or None,
            media_types=list(self.media_types) or None,
            documents=list(self.documents) or None,
            created_after=_midnight(self.after) if self.after else None,
            created_before=_midnight(self.before + timedelta(days=1)) if self.before else None,
        )


def _ids(texts: Sequence[str]) -> tuple[UUID, ...]:
    found: list[UUID] = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(found)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day < date.max else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)

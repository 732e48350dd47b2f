"""What is searched, as an address of the search page says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from ibid_contract import Filters, SearchMode, SearchRequest, SearchSort
from ibid_contract.search import MAX_QUERY_LENGTH
from web import links, metadata

_NONE = "none"
"""How an address names the language of texts whose language could not be told."""


@dataclass(frozen=True, slots=True)
class SearchState:
    """``metadata`` is as typed. ``page`` counts from 1 and only says how far ``cursor`` is.

    Where there is no query, ``like`` is the document, and ``passage`` the passage of it, that is
    to be like what is found.
    """

    query: str = ""
    collections: tuple[UUID, ...] = ()
    documents: tuple[UUID, ...] = ()
    mode: SearchMode = SearchMode.HYBRID
    sort: SearchSort = SearchSort.RELEVANCE
    media_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    metadata: str = ""
    after: date | None = None
    before: date | None = None
    explain: bool = False
    like: UUID | None = None
    passage: UUID | None = None
    cursor: str | None = None
    page: int = 1

    @classmethod
    def read(cls, params: Mapping[str, Sequence[str]]) -> "SearchState":
        """Return what the address says. What makes no sense in it is passed over."""

        def one(name: str) -> str:
            return params.get(name, [""])[-1]

        mode, sort = one("mode"), one("sort")
        page = one("page")
        return cls(
            query=one("q")[:MAX_QUERY_LENGTH],
            collections=_ids(params.get("collection", [])),
            documents=_ids(params.get("document", [])),
            mode=SearchMode(mode) if mode in SearchMode else SearchMode.HYBRID,
            sort=SearchSort(sort) if sort in SearchSort else SearchSort.RELEVANCE,
            media_types=tuple(params.get("type", [])),
            languages=tuple("" if code == _NONE else code for code in params.get("language", [])),
            authors=tuple(params.get("author", [])),
            metadata=one("metadata"),
            after=_day(one("after")),
            before=_day(one("before")),
            explain=one("explain") == "1",
            like=links.id_of(one("like")),
            passage=links.id_of(one("passage")),
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
            "sort": "" if self.sort is SearchSort.RELEVANCE else self.sort.value,
            "type": list(self.media_types),
            "language": [code or _NONE for code in self.languages],
            "author": list(self.authors),
            "metadata": self.metadata,
            "after": self.after.isoformat() if self.after else "",
            "before": self.before.isoformat() if self.before else "",
            "explain": "1" if self.explain else "",
            "like": str(self.like or ""),
            "passage": str(self.passage or ""),
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
        return SearchState(self.query, mode=self.mode, sort=self.sort, explain=self.explain)

    @property
    def has_filters(self) -> bool:
        return bool(self.collections or self.documents or self.filters_in_use)

    @property
    def filters_in_use(self) -> int:
        """How many filters there are beside collections and documents."""
        lists = (self.media_types, self.languages, self.authors)
        given = (*lists, self.metadata.strip(), self.after, self.before)
        return sum(1 for one in given if one)

    def request(self, limit: int, facets: Sequence[str] = ()) -> SearchRequest:
        """Return what to ask the API. Raises metadata.Malformed.

        Each document is one hit, but where the search is within certain documents.
        """
        return SearchRequest(
            query=self.query,
            collections=list(self.collections) or None,
            filters=self._filters() if self.documents or self.filters_in_use else None,
            mode=self.mode,
            limit=limit,
            cursor=self.cursor,
            facets=list(facets),
            explain=self.explain,
            sort=self.sort,
            group=not self.documents,
        )

    def _filters(self) -> Filters:
        return Filters(
            metadata=metadata.parse(self.metadata) or None,
            media_types=list(self.media_types) or None,
            documents=list(self.documents) or None,
            created_after=_midnight(self.after) if self.after else None,
            created_before=_midnight(self.before + timedelta(days=1)) if self.before else None,
            languages=list(self.languages) or None,
            authors=list(self.authors) or None,
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

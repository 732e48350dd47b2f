"""The addresses of the dashboard. An address is all of a page's state, and never holds a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from uuid import UUID

type Params = Mapping[str, str | Sequence[str]]

SEARCH = "/"
DOCUMENT = "/document"
DOCUMENTS = "/documents"
COLLECTIONS = "/collections"
UPLOAD = "/upload"
ACTIVITY = "/activity"
EVALUATIONS = "/evaluations"
COMPLETIONS = "/completions"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a version of a document; without one, the document.

    ``query`` is the search that led there.
    """

    document_id: UUID
    version: int | None = None
    start: int | None = None
    end: int | None = None
    view: str | None = None
    query: str | None = None

    def params(self) -> dict[str, str]:
        given = {
            "id": self.document_id,
            "version": self.version,
            "start": self.start,
            "end": self.end,
            "view": self.view,
            "q": self.query,
        }
        return {name: str(value) for name, value in given.items() if value is not None}

    def href(self) -> str:
        return address(DOCUMENT, self.params())


def address(path: str, params: Params) -> str:
    """Return the path with the parameters that are not empty."""
    query = urlencode({name: value for name, value in params.items() if value}, doseq=True)
    return f"{path}?{query}" if query else path


def documents(collection_id: UUID) -> str:
    return address(DOCUMENTS, {"collection": str(collection_id)})


def search_in(collection_id: UUID) -> str:
    return address(SEARCH, {"collection": str(collection_id)})


def search_within(document_id: UUID, query: str = "") -> str:
    return address(SEARCH, {"q": query, "document": str(document_id)})


def like(document_id: UUID, passage_id: UUID | None = None) -> str:
    """Return the search for what is like the document, or like a passage of it."""
    return address(SEARCH, {"like": str(document_id), "passage": str(passage_id or "")})


def upload_to(collection_id: UUID) -> str:
    return address(UPLOAD, {"collection": str(collection_id)})


def download(document_id: UUID, version: int) -> str:
    return f"/download/{document_id}?version={version}"


def page_picture(document_id: UUID, number: int, version: int, span: tuple[int, int] | None) -> str:
    highlight = f"{span[0]}-{span[1]}" if span else ""
    path = f"/page/{document_id}/{number}.png"
    return address(path, {"version": str(version), "highlight": highlight})


def sign_in(reason: str, following: str = SEARCH) -> str:
    """Return the sign-in page that says why, and that leads to ``following`` afterwards."""
    return address(SIGN_IN, {"reason": reason, "next": "" if following == SEARCH else following})


def own(target: str) -> str:
    """Return the address if it leads to the dashboard itself, otherwise the search page's."""
    has_odd_characters = any(not "!" <= character <= "~" for character in target)
    if has_odd_characters or "\\" in target or not target.startswith("/"):
        return SEARCH
    if target.startswith("//"):
        return SEARCH
    parts = urlsplit(target)
    return SEARCH if parts.scheme or parts.netloc or parts.path == SIGN_IN else target


def id_of(text: str) -> UUID | None:
    """Return the id that a parameter holds, None if it holds none."""
    try:
        return UUID(text)
    except ValueError:
        return None

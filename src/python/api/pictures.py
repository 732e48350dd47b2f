"""Pages of PDFs drawn as pictures, with a span of the text marked."""

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Protocol
from uuid import UUID

from api.downloads import blob_parts
from api.problems import BadRequest
from api.tenancy import Tenant
from libs.corpus import Documents, PageSpan, Version
from libs.errors import NotFound
from libs.extraction import Highlight, MediaType

HIGHLIGHT = r"^\d{1,9}-\d{1,9}$"
WIDTH = 1_200
_PICTURE = re.compile(r"([1-9]\d{0,8})\.png", re.ASCII)


class PageDrawer(Protocol):
    """What drawing a page takes; ``highlight`` counts from the start of the page."""

    async def draw_page(
        self, path: Path, number: int, *, width: int = ..., highlight: Highlight | None = None
    ) -> bytes: ...


class Pictures:
    """Draws pages out of stored documents, a few at a time."""

    def __init__(self, drawer: PageDrawer, folder: Path, at_a_time: int = 2) -> None:
        self._drawer = drawer
        self._folder = folder
        self._turn = asyncio.Semaphore(at_a_time)

    async def draw(
        self,
        tenant: Tenant,
        document_id: UUID,
        number: int,
        highlight: str | None,
        version_number: int | None,
    ) -> bytes:
        """Return the page as PNG. Raises NotFound, BadRequest or Unreadable."""
        async with tenant.transaction() as connection:
            documents = Documents(connection)
            version = await documents.version(document_id, version_number)
            if version.media_type != MediaType.PDF:
                raise NotFound("Only the pages of PDF documents have pictures.")
            page = await documents.page(document_id, version.number, number)
        marked = _on_page(highlight, page)
        async with self._turn:
            return await self._draw(tenant, version, number, marked)

    async def _draw(
        self, tenant: Tenant, version: Version, number: int, highlight: Highlight | None
    ) -> bytes:
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".pdf", buffering=0) as file:
            async for part in blob_parts(tenant, version.sha256):
                await asyncio.to_thread(file.write, part)
            return await self._drawer.draw_page(
                Path(file.name), number, width=WIDTH, highlight=highlight
            )


def page_number(picture: str) -> int:
    """Raises NotFound unless it is a number and ``.png``."""
    match = _PICTURE.fullmatch(picture)
    if match is None:
        raise NotFound("A page's picture is its number and “.png”.")
    return int(match[1])


def _on_page(highlight: str | None, page: PageSpan) -> Highlight | None:
    """The part of the span that stands on the page; None where nothing of it does."""
    if highlight is None:
        return None
    start, end = map(int, highlight.split("-"))
    if start > end:
        raise BadRequest("highlight: a span starts before it ends.")
    start, end = max(start, page.start), min(end, page.end)
    return Highlight(start - page.start, end - page.start) if start < end else None

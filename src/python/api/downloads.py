"""Original bytes on the way out. They are somebody's upload: saved, never run or shown inline."""

import itertools
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from urllib.parse import quote
from uuid import UUID

from litestar.response import Stream

from api.tenancy import Tenant
from libs.corpus import Blobs, Documents

PRIVATE: Mapping[str, str] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
)
"""What a browser may do with something out of a document: look at it, and forget it."""


async def open_content(tenant: Tenant, document_id: UUID, number: int | None) -> Stream:
    """Raises NotFound."""
    async with tenant.transaction() as connection:
        version = await Documents(connection).version(document_id, number)
    return Stream(
        blob_parts(tenant, version.sha256),
        headers={
            # Litestar prefers the route's type to the one of a stream, and adds a charset to text
            "Content-Type": version.media_type,
            "Content-Disposition": content_disposition(version.file_name),
            "Content-Length": str(version.size_bytes),
            **PRIVATE,
        },
    )


def content_disposition(file_name: str) -> str:
    """An attachment of that name: RFC 6266, with RFC 8187 for what ASCII does not hold."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%;' else "_" for c in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


async def blob_parts(tenant: Tenant, sha256: bytes) -> AsyncIterator[bytes]:
    """A transaction for each part: a slow reader must not keep a connection to itself."""
    for ordinal in itertools.count():
        async with tenant.transaction() as connection:
            part = await Blobs(connection).part(sha256, ordinal)
        if part is None:
            return
        yield part

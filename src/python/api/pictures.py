"""Pages drawn as pictures, with a span marked."""

import re
from uuid import UUID

from litestar import Response

from api.parts import Parts
from api.tenancy import Tenant
from libs.errors import NotFound

HIGHLIGHT = r"^\d{1,9}-\d{1,9}$"
_PICTURE = re.compile(r"([1-9]\d{0,8})\.png", re.ASCII)


def page_number(picture: str) -> int:
    match = _PICTURE.fullmatch(picture)
    if match is None:
        raise NotFound("A page's picture is its number and “.png”.")
    return int(match[1])


async def draw(
    tenant: Tenant,
    parts: Parts,
    document_id: UUID,
    number: int,
    highlight: str | None,
    version: int | None,
) -> Response[bytes]:
    raise NotFound

"""Original documents and pictures of pages, passed on from the API piece by piece."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ibid_client import AsyncClient, IbidError
from web.routes.connection import Connect, NotSignedIn, key_of, not_signed_in, told


def routes(connect: Connect, *, is_secure: bool) -> list[Route]:
    async def download(request: Request) -> Response:
        try:
            return await _original(request, connect(key_of(request, is_secure=is_secure)))
        except NotSignedIn:
            return not_signed_in()
        except IbidError as error:
            return told(error)

    async def picture(request: Request) -> Response:
        try:
            return await _picture(request, connect(key_of(request, is_secure=is_secure)))
        except NotSignedIn:
            return not_signed_in()
        except IbidError as error:
            return told(error)

    return [
        Route("/download/{document_id:uuid}", download, methods=["GET"]),
        Route("/page/{document_id:uuid}/{number:int}.png", picture, methods=["GET"]),
    ]


async def _original(request: Request, client: AsyncClient) -> Response:
    document_id: UUID = request.path_params["document_id"]
    version = _number(request.query_params.get("version", ""))
    name = await _file_name(client, document_id, version)
    opened = AsyncExitStack()
    pieces = await opened.enter_async_context(client.content(document_id, version=version))

    async def body() -> AsyncIterator[bytes]:
        async with opened:
            async for piece in pieces:
                yield piece

    headers = {
        "content-disposition": f"attachment; filename*=utf-8''{quote(name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, no-store",
    }
    return StreamingResponse(body(), media_type="application/octet-stream", headers=headers)


async def _picture(request: Request, client: AsyncClient) -> Response:
    png = await client.get_page_picture(
        request.path_params["document_id"],
        request.path_params["number"],
        highlight=_span(request.query_params.get("highlight", "")),
        version=_number(request.query_params.get("version", "")),
    )
    # the pages of a version never change, but who may see them does
    headers = {"cache-control": "private, max-age=600", "vary": "cookie"}
    return Response(png, media_type="image/png", headers=headers)


async def _file_name(client: AsyncClient, document_id: UUID, version: int | None) -> str:
    document = await client.get_document(document_id)
    if version is not None and version != document.version:
        async for one in client.versions(document_id):
            if one.number == version:
                return one.file_name
    return document.file_name


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _span(text: str) -> tuple[int, int] | None:
    start, _, end = text.partition("-")
    first, last = _number(start), _number(end)
    return None if first is None or last is None else (first, last)

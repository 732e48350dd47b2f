"""Uploads: a browser sends a document as a request's body, which goes to the API as it comes.

Neither Streamlit's uploader nor a temporary file holds it, so its size costs no memory here, and
any replica of the dashboard can take it.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import BinaryIO, cast
from urllib.parse import unquote
from uuid import UUID

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ibid_client import AsyncClient, IbidError
from web import origin
from web.routes.connection import Connect, NotSignedIn, key_of, refusal

_MARK = "x-ibid-upload"
_NAME = "x-ibid-file-name"
_KEY = "idempotency-key"
_PIECE_SECONDS = 60.0


def routes(connect: Connect, *, is_secure: bool) -> list[Route]:
    async def upload(request: Request) -> Response:
        # other sites cannot send the header without being asked first, and nobody answers them
        if not origin.is_own(request.headers) or _MARK not in request.headers:
            return _told(HTTPStatus.FORBIDDEN, "This upload did not come from Ibid's own pages.")
        try:
            return await _pass_on(request, connect(key_of(request, is_secure=is_secure)))
        except NotSignedIn:
            return _told(HTTPStatus.UNAUTHORIZED, "You are not signed in.")
        except IbidError as error:
            return _told(*refusal(error))
        except (ClientDisconnect, TimeoutError):
            return _told(HTTPStatus.REQUEST_TIMEOUT, "The upload broke off.")

    return [Route("/upload/{collection_id:uuid}", upload, methods=["POST"])]


async def _pass_on(request: Request, client: AsyncClient) -> Response:
    collection_id: UUID = request.path_params["collection_id"]
    body = request.stream()
    source = RequestBody(body, asyncio.get_running_loop())
    uploaded = await client.upload(
        collection_id,
        cast(BinaryIO, source),
        file_name=unquote(request.headers.get(_NAME, "")) or "document",
        idempotency_key=request.headers.get(_KEY),
    )
    status = HTTPStatus.OK if uploaded.job is None else HTTPStatus.ACCEPTED
    return Response(msgspec.json.encode(uploaded), status, media_type="application/json")


def _told(status: int, sentence: str) -> Response:
    return JSONResponse({"detail": sentence}, status)


class RequestBody(io.RawIOBase):
    """The body of a request as a stream that threads other than the loop's can read.

    Raises ClientDisconnect when the browser goes away, and TimeoutError when it says nothing.
    """

    def __init__(self, pieces: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._pieces = pieces
        self._loop = loop
        self._left = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what it is given
        while not self._left:
            piece = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
            if piece is None:
                return 0
            self._left = piece
        length = min(len(buffer), len(self._left))
        buffer[:length] = self._left[:length]
        self._left = self._left[length:]
        return length

    async def _next(self) -> bytes | None:
        async with asyncio.timeout(_PIECE_SECONDS):
            return await anext(self._pieces, None)

"""How the word that is being typed may go on, passed on from the API."""

import asyncio
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ibid_client import IbidError
from web import links
from web.routes.connection import Connect, NotSignedIn, key_of, not_signed_in, told

_MOST = 8
_LATE_SECONDS = 2.0
"""Whoever types has gone on by then."""


def routes(connect: Connect, *, is_secure: bool) -> list[Route]:
    async def complete(request: Request) -> Response:
        text = request.query_params.get("text", "")
        try:
            client = connect(key_of(request, is_secure=is_secure))
            async with asyncio.timeout(_LATE_SECONDS):
                completions = await client.complete(text, limit=_MOST)
        except NotSignedIn:
            return not_signed_in()
        except IbidError as error:
            return told(error)
        except TimeoutError:
            return PlainTextResponse("Too late.\n", HTTPStatus.GATEWAY_TIMEOUT)
        # what a document says may be gone with it at any moment
        headers = {"cache-control": "private, no-store"}
        body = msgspec.json.encode(completions)
        return Response(body, media_type="application/json", headers=headers)

    return [Route(links.COMPLETIONS, complete, methods=["GET"])]

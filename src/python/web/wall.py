"""Who gets through: our own pages, and browsers that have the cookie."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from web import cookie, links, origin

PAGES = (
    links.SEARCH,
    links.DOCUMENT,
    links.DOCUMENTS,
    links.COLLECTIONS,
    links.UPLOAD,
    links.ACTIVITY,
)


class SignInWall:
    """Sends a browser that asks for a page without the cookie to the sign-in page, and back."""

    def __init__(self, app: ASGIApp, is_secure: bool) -> None:
        self._app = app
        self._is_secure = is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in PAGES:
            request = Request(scope)
            if cookie.read(request.cookies, self._is_secure) is None:
                wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                leave = RedirectResponse(links.sign_in("", wanted), 303)
                leave.headers["cache-control"] = "no-store"
                await leave(scope, receive, send)
                return
        await self._app(scope, receive, send)


class OwnOrigin:
    """Turns pages of other origins away, websockets above all: they come with the cookie.

    Streamlit would let every page of this machine in, on whatever port, and before it turns another
    away it asks a host outside for this machine's address. So it never sees an ``Origin``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            if "origin" in headers and not origin.is_own(headers):
                await _turn_away(scope, receive, send)
                return
            if scope["path"].startswith("/_stcore/"):
                kept = [(name, value) for name, value in scope["headers"] if name != b"origin"]
                scope = {**scope, "headers": kept}
        await self._app(scope, receive, send)


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    answer = PlainTextResponse("This request did not come from Ibid's own pages.\n", 403)
    await answer(scope, receive, send)

"""Without a cookie there is only the sign-in page."""

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from web import cookie, links

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

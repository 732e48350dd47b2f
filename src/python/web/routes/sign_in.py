"""Sign-in with an API key. Plain HTML and a form: no script touches the key."""

from html import escape
from http import HTTPStatus
from importlib import resources
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ibid_client import Denied, IbidError
from web import cookie, links, origin
from web.routes.connection import Connect

_FORM_BYTES = 8_192

_REASONS = {
    "denied": "Your API key is no longer valid: it was revoked, or the workspace is gone. "
    "Sign in with another one.",
    "signed-out": "You are signed out.",
}
_WRONG_KEY = "This API key is not valid. Check that you copied all of it, from ibid_ to its end."
_AWAY = "Ibid's API does not answer at the moment, so the key cannot be checked. Try again soon."


def routes(connect: Connect, *, is_secure: bool) -> list[Route]:
    async def show(request: Request) -> Response:
        reason = _REASONS.get(request.query_params.get("reason", ""), "")
        return _page(reason, request.query_params.get("next", ""))

    async def sign_in(request: Request) -> Response:
        if not origin.is_own(request.headers):
            return _foreign()
        form = await _form(request)
        key = form.get("key", "").strip()
        following = links.own(form.get("next", ""))
        try:
            is_valid = cookie.could_be_key(key) and await _is_valid(connect, key)
        except IbidError:
            return _page(_AWAY, following, HTTPStatus.SERVICE_UNAVAILABLE)
        if not is_valid:
            return _page(_WRONG_KEY, following, HTTPStatus.UNAUTHORIZED)
        answer = RedirectResponse(following, HTTPStatus.SEE_OTHER)
        cookie.put(answer, key, is_secure)
        return answer

    async def sign_out(request: Request) -> Response:
        if not origin.is_own(request.headers):
            return _foreign()
        answer = RedirectResponse(links.sign_in("signed-out"), HTTPStatus.SEE_OTHER)
        cookie.remove(answer, is_secure)
        return answer

    return [
        Route(links.SIGN_IN, show, methods=["GET"]),
        Route(links.SIGN_IN, sign_in, methods=["POST"]),
        Route(links.SIGN_OUT, sign_out, methods=["POST"]),
    ]


async def _is_valid(connect: Connect, key: str) -> bool:
    try:
        await connect(key).whoami()
    except Denied:
        return False
    return True


async def _form(request: Request) -> dict[str, str]:
    """Return the form's fields; what is too long for one is no form."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _FORM_BYTES:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[-1] for name, values in fields.items()}


def _page(message: str, following: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    template = resources.files("web").joinpath("assets/sign_in.html").read_text("utf-8")
    style = resources.files("web").joinpath("assets/sign_in.css").read_text("utf-8")
    role = "alert" if status.is_client_error or status.is_server_error else "status"
    told = f'<p class="message" role="{role}">{escape(message)}</p>' if message else ""
    html = (
        template.replace("/*style*/", style)
        .replace("<!--message-->", told)
        .replace("{next}", escape(links.own(following), quote=True))
    )
    return HTMLResponse(html, status, headers={"cache-control": "no-store"})


def _foreign() -> Response:
    return PlainTextResponse("This request did not come from Ibid's own pages.\n", 403)

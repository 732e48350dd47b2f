"""The client of a request: the one whose key is in the browser's cookie."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response

from ibid_client import AsyncClient, IbidError, ProblemError
from web import cookie

type Connect = Callable[[str], AsyncClient]
"""A client for the API key. The connections are shared by all, so it is not to be closed."""


class NotSignedIn(Exception):
    """The request came without a key."""


def key_of(connection: HTTPConnection, *, is_secure: bool) -> str:
    """Return the API key of the request. Raises NotSignedIn."""
    key = cookie.read(connection.cookies, is_secure)
    if key is None:
        raise NotSignedIn
    return key


def not_signed_in() -> Response:
    return PlainTextResponse("You are not signed in.\n", HTTPStatus.UNAUTHORIZED)


def refusal(error: IbidError) -> tuple[int, str]:
    """Return the status and the sentence that tell what the API said, or that it said nothing."""
    if isinstance(error, ProblemError):
        return error.problem.status, error.problem.detail
    return HTTPStatus.BAD_GATEWAY, "Ibid's API does not answer at the moment. Try again soon."


def told(error: IbidError) -> Response:
    status, sentence = refusal(error)
    return PlainTextResponse(f"{sentence}\n", status)

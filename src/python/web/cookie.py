"""The cookie that keeps a browser signed in: the API key, out of reach of every script."""

import re
from collections.abc import Mapping

from starlette.responses import Response

_SECONDS = 30 * 24 * 60 * 60
_KEY = re.compile(r"[A-Za-z0-9_-]{1,200}")


def name(is_secure: bool) -> str:
    """Return the cookie's name. ``__Host-`` makes browsers refuse one set by a neighbour."""
    return "__Host-ibid-key" if is_secure else "ibid-key"


def read(cookies: Mapping[str, str], is_secure: bool) -> str | None:
    """Return the API key, None if there is none that could be one."""
    value = cookies.get(name(is_secure), "")
    return value if could_be_key(value) else None


def could_be_key(text: str) -> bool:
    """Whether the text may be sent to the API as a key; it is safe in a header then."""
    return _KEY.fullmatch(text) is not None


def put(response: Response, key: str, is_secure: bool) -> None:
    response.set_cookie(
        name(is_secure),
        key,
        max_age=_SECONDS,
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def remove(response: Response, is_secure: bool) -> None:
    response.delete_cookie(
        name(is_secure), path="/", secure=is_secure, httponly=True, samesite="lax"
    )

"""What must never be logged: the text of documents and queries, and secrets.

Fields are judged by their name, text by the shape of a secret in it. Exceptions keep their type
and place and lose their message, as theirs quote the values that they choked on: PostgreSQL's show
whole rows.
"""

import re
import sys
import traceback
from collections.abc import Iterator
from functools import lru_cache
from types import TracebackType

from structlog.typing import EventDict, WrappedLogger

REDACTED = "[redacted]"

_SECRET_FIELDS = {
    *("api_key", "authorization", "cookie", "cookies", "database_url", "headers", "password"),
    *("redis_url", "secret", "set_cookie", "token", "url"),
}
_TEXT_FIELDS = {
    *("body", "content", "description", "file_name", "filename", "heading", "metadata"),
    *("passage", "passages", "query", "question", "quote", "snippet", "sql", "text", "title"),
}
_FIELDS = _SECRET_FIELDS | _TEXT_FIELDS
_SECRETS = re.compile(
    r"(?P<key>\bibid_[0-9A-Za-z-]+_)\S+"
    r"|(?P<scheme>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)"
    r"|(?P<header>\bBearer\s+)\S+",
    re.IGNORECASE,
)
_FRAMES = 20
_CAUSES = 5


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor."""
    return {
        name: REDACTED if _is_withheld(name) else _scrubbed(value) for name, value in event.items()
    }


def describe_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: ``exc_info`` becomes a list of causes, the last one first."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = [_described(cause) for cause in _causes(error)]
        event["event"] = _without_message(str(event["event"]), error)
    return event


@lru_cache(maxsize=1024)
def _is_withheld(name: str) -> bool:
    return name.lower().replace("-", "_") in _FIELDS


def _scrubbed(value: object) -> object:
    match value:
        case str():
            return _without_secrets(value)
        case dict():
            return redact(None, "", value)
        case list() | tuple():
            return [_scrubbed(one) for one in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _scrubbed(str(value))


def _without_secrets(text: str) -> str:
    small = text.lower()
    # each secret has one of these; to look for them is several times faster than the pattern
    if not ("ibid_" in small or "://" in small or "bearer" in small):
        return text
    return _SECRETS.sub(lambda found: f"{found[found.lastgroup or 0]}{REDACTED}", text)


def _without_message(text: str, error: BaseException) -> str:
    """asyncio and others repeat the exception in their own message."""
    for told in (repr(error), str(error)):
        text = text.replace(told, type(error).__qualname__) if told else text
    return text


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(_CAUSES):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _described(error: BaseException) -> dict[str, object]:
    kind = type(error)
    described: dict[str, object] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
    if isinstance(error, OSError) and error.strerror:
        described["reason"] = error.strerror
    # PostgreSQL's code for what went wrong
    if sqlstate := getattr(error, "sqlstate", None):
        described["sqlstate"] = sqlstate
    described["frames"] = _frames(error.__traceback__)
    return described


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]

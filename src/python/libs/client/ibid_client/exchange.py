"""What both clients share: from a call to a request, from an answer to a value or an error."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from typing import Any

import httpx
import msgspec

from ibid_client.call import Call, Query
from ibid_client.errors import ConnectionFailed, IbidError, UnexpectedAnswer, problem_error
from ibid_client.forms import Body, Form
from ibid_contract import Problem

type Headers = Callable[[], Mapping[str, str]]
"""Asked before each request for headers to add, such as ``traceparent``."""

TIMEOUT = httpx.Timeout(connect=5, read=30, write=30, pool=30)

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_BROKEN = (httpx.NetworkError, httpx.RemoteProtocolError)
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to send again: after a broken connection, and after "try later".

    ``broken`` has the seconds before each further try. A server that wants more than
    ``longest_wait`` seconds of patience gets none.
    """

    broken: tuple[float, ...] = (0.0,)
    busy: int = 3
    longest_wait: float = 10


class Retries:
    """Decides for one call whether it is sent again."""

    def __init__(self, call: Call[Any], base_url: str, policy: RetryPolicy) -> None:
        self._base_url = base_url
        self._longest_wait = policy.longest_wait
        self._broken = list(policy.broken) if call.is_repeatable else []
        self._busy = policy.busy if call.is_repeatable else 0

    def after_failure(self, error: httpx.RequestError) -> float:
        """How many seconds to wait before sending again. Raises ConnectionFailed for never."""
        if not self._broken or not isinstance(error, _BROKEN):
            raise connection_failed(self._base_url, error) from error
        return self._broken.pop(0)

    def after_answer(self, response: httpx.Response) -> float | None:
        """How many seconds to wait before sending again; None if the answer counts."""
        wait = _retry_after(response)
        if response.status_code not in _BUSY or wait is None:
            return None
        if self._busy < 1 or wait > self._longest_wait:
            return None
        self._busy -= 1
        return wait


def client_options(
    base_url: str, api_key: str, transport: object, timeout: httpx.Timeout
) -> dict[str, Any]:
    """Return the arguments of ``httpx.Client`` and ``httpx.AsyncClient``."""
    return {
        "base_url": base_url,
        "headers": {"authorization": f"Bearer {api_key}", "user-agent": "ibid-client"},
        "transport": transport,
        "timeout": timeout,
        # a proxy of the environment is for other machines
        "trust_env": httpx.URL(base_url).host not in _LOOPBACK,
    }


@contextmanager
def prepared(
    call: Call[Any], extra: Mapping[str, str], timeout: httpx.Timeout
) -> Iterator[tuple[dict[str, Any], bytes | Body | None]]:
    """Yield the arguments of ``build_request`` and the content; a document is open meanwhile."""
    headers = dict(extra)
    if call.idempotency_key is not None:
        headers["idempotency-key"] = call.idempotency_key
    options = {
        "method": call.method,
        "url": call.path,
        "params": _parameters(call.query),
        "headers": headers,
        "timeout": _extended(timeout, call.extra_seconds),
    }
    if isinstance(call.body, Form):
        with call.body.opened() as body:
            headers["content-type"] = body.content_type
            if body.length is not None:
                headers["content-length"] = str(body.length)
            yield options, body
        return
    if call.body is not None:
        headers["content-type"] = "application/json"
    yield options, call.body


def result[T](call: Call[T], response: httpx.Response) -> T:
    """Return what the answer, which has been read, holds.

    Raises:
        ProblemError: the API said no.
        UnexpectedAnswer: this is no answer of the API.
    """
    if not response.is_success and response.status_code not in call.also_answers:
        raise failure(response)
    try:
        return call.decode(response.content)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswer(f"{response.url.path} gave no answer of Ibid's API.") from error


def failure(response: httpx.Response) -> IbidError:
    """Return the error that an answer without success, which has been read, stands for."""
    if response.is_redirect:
        return UnexpectedAnswer(f"{response.url} leads elsewhere; use the address it leads to.")
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        title = response.reason_phrase or "Unknown"
        detail = f"The server answered {response.status_code} {title} without a reason."
        problem = Problem("about:blank", title, response.status_code, detail)
    return problem_error(problem)


def connection_failed(base_url: str, error: Exception) -> ConnectionFailed:
    reason = str(error) or type(error).__name__
    return ConnectionFailed(f"{base_url} does not answer: {reason}")


def _parameters(query: Mapping[str, Query]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items() if value is not None}


def _extended(timeout: httpx.Timeout, seconds: float) -> httpx.Timeout:
    read = None if timeout.read is None else timeout.read + seconds
    return httpx.Timeout(connect=timeout.connect, read=read, write=timeout.write, pool=timeout.pool)


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        return max(0, parsedate_to_datetime(value).timestamp() - time())
    except ValueError:
        return None

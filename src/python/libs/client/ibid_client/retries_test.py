from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

import ibid_client
from ibid_client import RetryPolicy
from ibid_client.conftest import URL, Use, answer
from ibid_contract import Collection, Identity

_ID = UUID(int=7)
_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_IDENTITY = Identity(_ID, "Research", _ID, "owner")
_COLLECTION = Collection(_ID, "Papers", "", 0, _NOW, _NOW)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError])
def test_a_broken_connection_is_tried_once_more(
    use: Use, error: type[httpx.TransportError]
) -> None:
    keys: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise error("broken")
        return answer(_COLLECTION, 201)

    assert use(handler, "create_collection", "Papers") == _COLLECTION
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_connection_that_stays_broken_is_told(use: Use) -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ConnectError("Connection refused")

    with pytest.raises(ibid_client.ConnectionFailed, match=f"{URL} .* Connection refused"):
        use(handler, "whoami")
    assert len(calls) == 2


def test_patience_is_the_callers_choice(use: Use) -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        if len(calls) < 4:
            raise httpx.ConnectError("refused")
        return answer(_IDENTITY)

    patient = {"retries": RetryPolicy(broken=(0, 0, 0))}
    assert use(handler, "whoami", client=patient) == _IDENTITY


def test_a_timeout_is_not_tried_again(use: Use) -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ReadTimeout("timed out")

    with pytest.raises(ibid_client.ConnectionFailed):
        use(handler, "whoami")
    assert len(calls) == 1


@pytest.mark.parametrize("after", ["0", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_busy_server_is_asked_again_when_it_says_so(use: Use, after: str) -> None:
    answers = [503, 429, 503, 200]

    def handler(_: httpx.Request) -> httpx.Response:
        return answer(_IDENTITY, answers.pop(0), **{"retry-after": after})

    assert use(handler, "whoami") == _IDENTITY


@pytest.mark.parametrize("headers", [{}, {"retry-after": "11"}, {"retry-after": "soon"}])
def test_a_busy_server_is_not_waited_for_long(use: Use, headers: dict[str, str]) -> None:
    answers = [503]

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(answers.pop(0), headers=headers)

    with pytest.raises(ibid_client.Unavailable):
        use(handler, "whoami")


def test_a_busy_server_is_given_up_in_the_end(use: Use) -> None:
    answers = [503] * 3

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(answers.pop(), headers={"retry-after": "0"})

    with pytest.raises(ibid_client.Unavailable):
        use(handler, "whoami", client={"retries": RetryPolicy(busy=2)})
    assert answers == []

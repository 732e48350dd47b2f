"""Both clients behave alike, so the tests run with each of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import msgspec
import pytest

from ibid_client import AsyncClient, Client

URL = "http://ibid.test/base"

type Handler = Callable[[httpx.Request], httpx.Response]
type Use = Callable[..., Any]


def answer(value: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=msgspec.json.encode(value), headers=headers)


def _sync(handler: Handler, method: str, *args: object, **options: Any) -> Any:
    settings = options.pop("client", {})
    with Client(URL, "key", transport=httpx.MockTransport(handler), **settings) as ibid:
        result = getattr(ibid, method)(*args, **options)
        if hasattr(result, "__enter__"):
            with result as pieces:
                return list(pieces)
        return list(result) if isinstance(result, Iterator) else result


def _async(handler: Handler, method: str, *args: object, **options: Any) -> Any:
    async def respond(request: httpx.Request) -> httpx.Response:
        await request.aread()
        return handler(request)

    async def run() -> Any:
        settings = options.pop("client", {})
        transport = httpx.MockTransport(respond)
        async with AsyncClient(URL, "key", transport=transport, **settings) as ibid:
            result = getattr(ibid, method)(*args, **options)
            if hasattr(result, "__aenter__"):
                async with result as pieces:
                    return [piece async for piece in pieces]
            if isinstance(result, AsyncIterator):
                return [item async for item in result]
            return await result

    return asyncio.run(run())


@pytest.fixture(params=[_sync, _async], ids=["Client", "AsyncClient"])
def use(request: pytest.FixtureRequest) -> Use:
    """Call a method of a client whose requests the handler answers."""
    use: Use = request.param
    return use

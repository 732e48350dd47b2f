import httpx
import pytest

from web.dependency import api_problem

_AWAY = "not reached, or it refuses (PoolTimeout)"


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (200, {"status": "ready"}, None),
        (503, {"reasons": {"drain": "draining"}}, None),
        (503, {"reasons": {"database": _AWAY}}, f"its database: {_AWAY}"),
        (503, {"reasons": {"drain": "draining", "database": _AWAY}}, f"its database: {_AWAY}"),
        (503, {}, "it answers with status 503: see what is between it and this"),
        (502, ["a proxy"], "it answers with status 502: see what is between it and this"),
    ],
)
async def test_the_dashboard_works_as_long_as_the_api_does(
    status: int, body: object, problem: str | None
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://api/readyz"
        return httpx.Response(status, json=body)

    assert await api_problem(httpx.MockTransport(answer), "http://api") == problem

"""What stands before every request: headers, the sign-in wall, and counting."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from libs.drain import DrainFlag
from libs.telemetry import HttpMetrics, Probes, Readiness
from web import cookie, origin
from web.headers import SafeHeaders, content_security_policy
from web.measure import Measured, route_of
from web.routes import operations
from web.wall import OwnOrigin, SignInWall


async def _page(_: Request) -> Response:
    return PlainTextResponse("a page")


@pytest.fixture
def drain() -> DrainFlag:
    return DrainFlag(None)


@pytest.fixture
async def browser(drain: DrainFlag, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    metrics = HttpMetrics("1")
    probes = Probes(metrics, Readiness({}), drain)
    app = Starlette(
        routes=[
            *operations.routes(probes, tmp_path),
            Route("/{path:path}", _page),
        ],
        middleware=[
            Middleware(Measured, metrics=metrics),
            Middleware(SafeHeaders, policy="default-src 'none'", drain=drain),
            Middleware(OwnOrigin),
            Middleware(SignInWall, is_secure=False),
        ],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://web") as made:
        yield made


async def test_a_stranger_is_led_to_the_sign_in_page_and_back(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/documents?collection=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fdocuments%3Fcollection%3D1"


async def test_whoever_has_a_cookie_passes(browser: httpx.AsyncClient) -> None:
    browser.cookies.set(cookie.name(False), "ibid_a_b")
    assert (await browser.get("/documents")).text == "a page"


async def test_what_pages_are_made_of_is_for_everybody(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/static/js/index.js")).status_code == 200


async def test_every_answer_is_fenced_in(browser: httpx.AsyncClient) -> None:
    headers = (await browser.get("/static/a")).headers
    assert headers["content-security-policy"] == "default-src 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "connection" not in headers


async def test_pages_of_other_origins_are_turned_away(browser: httpx.AsyncClient) -> None:
    elsewhere = {"origin": "http://web:3001"}
    assert (await browser.get("/_stcore/health", headers=elsewhere)).status_code == 403
    assert (await browser.get("/_stcore/health", headers={"origin": "http://web"})).is_success


@pytest.mark.parametrize(("sent", "is_let_in"), [("http://web", True), ("http://web:1", False)])
async def test_a_websocket_is_for_our_own_pages_only(sent: str, is_let_in: bool) -> None:
    seen: list[object] = []

    async def streamlit(scope: Scope, _: Receive, __: Send) -> None:
        seen.append(dict(scope["headers"]))

    async def send(message: Message) -> None:
        seen.append(message["type"])

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    headers = [(b"host", b"web"), (b"origin", sent.encode())]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
    await OwnOrigin(streamlit)(scope, receive, send)
    assert seen == [{b"host": b"web"} if is_let_in else "websocket.close"]


async def test_while_draining_clients_are_sent_elsewhere(
    browser: httpx.AsyncClient, drain: DrainFlag
) -> None:
    drain.set()
    assert (await browser.get("/static/a")).headers["connection"] == "close"
    ready = await browser.get("/readyz")
    assert (ready.status_code, ready.json()["reasons"]) == (503, {"drain": "draining"})
    assert (await browser.get("/healthz")).status_code == 200


async def test_requests_are_counted_by_their_route(browser: httpx.AsyncClient) -> None:
    await browser.get("/download/01890000-0000-7000-8000-000000000001")
    counted = 'ibid_http_requests_total{method="GET",route="/download",status="200"} 1.0'
    assert counted in (await browser.get("/metrics")).text


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/_stcore/stream", "streamlit"),
        ("/upload/1", "/upload"),
        ("/anything-else", "page"),
        ("/", "page"),
    ],
)
def test_a_route_is_one_of_a_few(path: str, route: str) -> None:
    assert route_of(path) == route


def test_scripts_are_ours_or_known_by_their_hash(tmp_path: Path) -> None:
    index = tmp_path / "index.html"
    index.write_text('<script>a = 1</script><script src="x"></script>')
    policy = content_security_policy(index)
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts.startswith("script-src 'self' blob: 'sha256-")
    assert scripts.count("sha256-") == 1
    assert "unsafe" not in scripts


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://a", "host": "a"}, False),
        ({"origin": "http://a:3000", "host": "a:3000"}, True),
        ({"origin": "http://a:3001", "host": "a:3000"}, False),
        ({"host": "a"}, True),
    ],
)
def test_a_request_is_our_own_by_what_the_browser_says(
    headers: dict[str, str], is_own: bool
) -> None:
    assert origin.is_own(headers) is is_own

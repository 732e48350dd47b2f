"""The routes beside Streamlit's, before an API that a function plays."""

from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from ibid_client import AsyncClient, RetryPolicy
from web import cookie
from web.routes import completions, downloads, sign_in, uploads

_ID = "01890000-0000-7000-8000-000000000001"
_KEY = "ibid_abc_secret"
_OWN = {"sec-fetch-site": "same-origin"}
_DOCUMENT: dict[str, object] = {
    "id": _ID,
    "collection_id": _ID,
    "external_id": None,
    "title": "A",
    "metadata": {},
    "status": "ready",
    "failure": None,
    "version": 2,
    "published_version": 2,
    "media_type": "text/plain",
    "file_name": 'odd "name"; ü\r\n.txt',
    "size_bytes": 3,
    "pages": 1,
    "job_id": None,
    "created_at": "2026-11-23T12:00:00Z",
    "updated_at": "2026-11-23T12:00:00Z",
}
_IDENTITY = {
    "workspace_id": _ID,
    "workspace_name": "Main",
    "api_key_id": _ID,
    "api_key_name": "owner",
}
_COMPLETIONS = {"items": [{"text": "oil lamp", "documents": 3}]}
_DENIED = {"type": "/problems/denied", "title": "Denied", "status": 401, "detail": "Who is this?"}


class _Api:
    """Answers as the API would, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.received = b""
        self.is_away = False

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("refused")
        self.asked.append(request)
        if request.headers["authorization"] != f"Bearer {_KEY}":
            return httpx.Response(401, json=_DENIED)
        if request.method == "POST":
            self.received = await request.aread()
            return httpx.Response(202, json={"document": _DOCUMENT, "job": None})
        if request.url.path.endswith("whoami"):
            return httpx.Response(200, json=_IDENTITY)
        if request.url.path.endswith("content"):
            return httpx.Response(200, content=b"abc")
        if request.url.path == "/v1/completions":
            return httpx.Response(200, json=_COMPLETIONS)
        if request.url.path.endswith(".png"):
            return httpx.Response(200, content=b"\x89PNG")
        return httpx.Response(200, json=_DOCUMENT)


@pytest.fixture
def api() -> _Api:
    return _Api()


@pytest.fixture
async def browser(api: _Api) -> AsyncIterator[httpx.AsyncClient]:
    def connect(key: str) -> AsyncClient:
        once = RetryPolicy(broken=(), busy=0)
        return AsyncClient("http://api", key, transport=httpx.MockTransport(api), retries=once)

    async with _browser(connect) as made:
        yield made


def _browser(connect: Callable[[str], AsyncClient]) -> httpx.AsyncClient:
    routes: list[BaseRoute] = [
        *sign_in.routes(connect, is_secure=False),
        *uploads.routes(connect, is_secure=False),
        *downloads.routes(connect, is_secure=False),
        *completions.routes(connect, is_secure=False),
    ]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    return httpx.AsyncClient(transport=transport, base_url="http://web")


def _signed_in(browser: httpx.AsyncClient) -> httpx.AsyncClient:
    browser.cookies.set(cookie.name(False), _KEY)
    return browser


async def test_a_valid_key_becomes_a_cookie_that_no_script_can_read(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.post("/sign-in", data={"key": f" {_KEY}\n", "next": "/?q=a"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=a")
    told = answer.headers["set-cookie"]
    assert told.startswith(f"ibid-key={_KEY};")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(told.split("; "))


async def test_over_https_the_cookie_is_the_hosts_own() -> None:
    def connect(key: str) -> AsyncClient:
        return AsyncClient("http://api", key, transport=httpx.MockTransport(_Api()))

    app = Starlette(routes=sign_in.routes(connect, is_secure=True))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://web"
    ) as browser:
        answer = await browser.post("/sign-in", data={"key": _KEY})
    told = answer.headers["set-cookie"]
    assert told.startswith("__Host-ibid-key=")
    assert "Secure" in told.split("; ")


@pytest.mark.parametrize("key", ["ibid_wrong_key", "", "two words", "a\r\nb: c", "x" * 9_000])
async def test_a_wrong_key_is_told_and_sets_no_cookie(browser: httpx.AsyncClient, key: str) -> None:
    answer = await browser.post("/sign-in", data={"key": key})
    assert answer.status_code == 401
    assert "not valid" in answer.text
    assert "set-cookie" not in answer.headers


async def test_an_api_that_is_away_is_told(browser: httpx.AsyncClient, api: _Api) -> None:
    api.is_away = True
    answer = await browser.post("/sign-in", data={"key": _KEY})
    assert answer.status_code == 503
    assert "does not answer" in answer.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://elsewhere.example"},
        {"origin": "null"},
    ],
)
async def test_other_sites_sign_nobody_in_or_out(
    browser: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    answer = await browser.post(path, data={"key": _KEY}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_signing_out_takes_the_cookie_away(browser: httpx.AsyncClient) -> None:
    answer = await _signed_in(browser).post("/sign-out", headers={"origin": "http://web"})
    assert answer.status_code == 303
    assert 'ibid-key=""' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_the_page_leads_back_but_not_elsewhere(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/sign-in", params={"next": '/?q="><script>'})
    assert 'value="/?q=&quot;&gt;&lt;script&gt;"' in page.text
    page = await browser.get("/sign-in", params={"next": "//elsewhere.example"})
    assert 'value="/"' in page.text


async def test_the_page_says_why_one_is_there(browser: httpx.AsyncClient) -> None:
    assert "revoked" in (await browser.get("/sign-in?reason=denied")).text
    assert 'class="message"' not in (await browser.get("/sign-in?reason=<b>")).text


async def test_an_upload_goes_to_the_api_as_it_comes(browser: httpx.AsyncClient, api: _Api) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 300_000

    answer = await _signed_in(browser).post(
        f"/upload/{_ID}",
        content=pieces(),
        headers={
            **_OWN,
            "x-ibid-upload": "1",
            "x-ibid-file-name": "r%C3%A9sum%C3%A9.txt",
            "idempotency-key": "once",
        },
    )
    assert answer.status_code == 200
    assert msgspec.json.decode(answer.content)["document"]["id"] == _ID
    assert api.asked[-1].url.path == f"/v1/collections/{_ID}/documents"
    assert api.asked[-1].headers["idempotency-key"] == "once"
    assert b"x" * 900_000 in api.received
    assert b"r%C3%A9sum%C3%A9.txt" in api.received


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"x-ibid-upload": "1", "sec-fetch-site": "cross-site"}, 403),
        ({"x-ibid-upload": "1", **_OWN}, 401),
    ],
)
async def test_an_upload_needs_our_own_page_and_a_cookie(
    browser: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await browser.post(f"/upload/{_ID}", content=b"x", headers=headers)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_a_download_is_saved_and_never_shown(browser: httpx.AsyncClient) -> None:
    answer = await _signed_in(browser).get(f"/download/{_ID}?version=2")
    assert answer.content == b"abc"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=utf-8''odd%20%22name%22%3B%20%C3%BC%0D%0A.txt"
    )
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_page_picture_asks_for_its_span(browser: httpx.AsyncClient, api: _Api) -> None:
    answer = await _signed_in(browser).get(f"/page/{_ID}/3.png?version=2&highlight=4-9")
    assert answer.headers["content-type"] == "image/png"
    asked = urlsplit(str(api.asked[-1].url))
    assert asked.path == f"/v1/documents/{_ID}/pages/3.png"
    assert parse_qs(asked.query) == {"highlight": ["4-9"], "version": ["2"]}


async def test_completions_are_the_apis_and_are_not_kept(
    browser: httpx.AsyncClient, api: _Api
) -> None:
    answer = await _signed_in(browser).get("/completions", params={"text": "oil la&limit=9"})
    assert answer.json() == _COMPLETIONS
    assert answer.headers["cache-control"] == "private, no-store"
    asked = parse_qs(urlsplit(str(api.asked[-1].url)).query)
    assert asked == {"text": ["oil la&limit=9"], "limit": ["8"]}


@pytest.mark.parametrize("path", [f"/download/{_ID}", f"/page/{_ID}/1.png", "/completions?text=la"])
async def test_without_a_valid_key_nothing_is_passed_on(
    browser: httpx.AsyncClient, api: _Api, path: str
) -> None:
    assert (await browser.get(path)).status_code == 401
    browser.cookies.set(cookie.name(False), "ibid_revoked_key")
    answer = await browser.get(path)
    assert (answer.status_code, answer.text) == (401, "Who is this?\n")
    api.is_away = True
    assert (await browser.get(path)).status_code == 502

"""The composition root: Streamlit with our routes, headers and probes around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit import file_util
from streamlit.starlette import App

from ibid_client import AsyncClient
from libs.drain import DrainFlag
from libs.settings import WebSettings
from libs.telemetry import HttpMetrics, Probes, Readiness, configure_logging, tracing
from web import options
from web.dependency import api_problem
from web.headers import SafeHeaders, content_security_policy
from web.measure import Measured, traced_headers
from web.routes import completions, downloads, operations, sign_in, uploads
from web.routes.connection import Connect
from web.shell import script
from web.shell.guard import tell_failure
from web.version import VERSION
from web.wall import OwnOrigin, SignInWall


def create_app(settings: WebSettings) -> App:
    """Build the dashboard. Streamlit allows one of them in a process."""
    options.set_options()
    configure_logging("web", settings.log_level.value)
    transport = httpx.AsyncHTTPTransport()

    def connect(key: str) -> AsyncClient:
        return AsyncClient(settings.api_url, key, transport=transport, headers=traced_headers)

    drain = DrainFlag(settings.drain_file)
    metrics = HttpMetrics(VERSION)
    readiness = Readiness({"api": lambda: api_problem(transport, settings.api_url)})

    @asynccontextmanager
    async def lifespan(_: App) -> AsyncIterator[None]:
        with tracing("web", VERSION, settings.otlp_endpoint):
            watch = asyncio.create_task(readiness.watch())
            try:
                yield
            finally:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
                await transport.aclose()

    return App(
        Path(script.__file__),
        secrets={
            "ibid": {"api_url": str(settings.api_url), "cookie_secure": settings.cookie_secure}
        },
        lifespan=lifespan,
        routes=_routes(settings, connect, Probes(metrics, readiness, drain)),
        middleware=[
            Middleware(Measured, metrics=metrics),
            Middleware(SafeHeaders, policy=_policy(), drain=drain),
            Middleware(OwnOrigin),
            Middleware(SignInWall, is_secure=settings.cookie_secure),
        ],
        on_script_error=tell_failure,
    )


def _routes(settings: WebSettings, connect: Connect, probes: Probes) -> list[Route]:
    is_secure = settings.cookie_secure
    return [
        *sign_in.routes(connect, is_secure=is_secure),
        *uploads.routes(connect, is_secure=is_secure),
        *downloads.routes(connect, is_secure=is_secure),
        *completions.routes(connect, is_secure=is_secure),
        *operations.routes(probes, _streamlit_assets()),
    ]


def _streamlit_assets() -> Path:
    return Path(file_util.get_static_dir())


def _policy() -> str:
    return content_security_policy(_streamlit_assets() / "index.html")

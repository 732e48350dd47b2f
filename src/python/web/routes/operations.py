"""Probes, metrics, and the few assets of our own."""

from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from libs.telemetry import Probes

_ASSET_SECONDS = 24 * 60 * 60
_FONTS = {"sans": "SourceSansVF-Upright.*.woff2", "serif": "SourceSerifVariable-Roman.*.woff2"}

type Endpoint = Callable[[Request], Awaitable[Response]]


def routes(probes: Probes, streamlit_assets: Path) -> list[Route]:
    async def answer(request: Request) -> Response:
        known = probes.answer(request.url.path)
        headers = {"cache-control": "no-store"}
        return Response(known.body, known.status, media_type=known.content_type, headers=headers)

    asks = [Route(path, answer, methods=["GET"]) for path in ("/healthz", "/readyz", "/metrics")]
    # Streamlit's page names its icon favicon.png; a browser goes by the type that it gets.
    icons = [Route(path, _icon, methods=["GET"]) for path in ("/favicon.svg", "/favicon.png")]
    fonts = [
        Route(f"/ibid/{name}.woff2", _font(streamlit_assets, pattern), methods=["GET"])
        for name, pattern in _FONTS.items()
    ]
    return asks + icons + fonts


async def _icon(_: Request) -> Response:
    svg = resources.files("web").joinpath("assets/favicon.svg").read_bytes()
    return Response(svg, media_type="image/svg+xml", headers=_cached())


def _font(folder: Path, pattern: str) -> Endpoint:
    """The font that Streamlit brings, under a name that does not change with its version."""

    found = next(folder.rglob(pattern), None)

    async def font(_: Request) -> Response:
        if found is None:
            return Response(status_code=404)
        return FileResponse(found, media_type="font/woff2", headers=_cached())

    return font


def _cached() -> dict[str, str]:
    return {"cache-control": f"public, max-age={_ASSET_SECONDS}"}

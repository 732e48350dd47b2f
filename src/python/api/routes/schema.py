"""The API described: as OpenAPI 3.1, and as a page that needs nothing from elsewhere."""

from importlib import resources

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from api.documentation import Description

_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; img-src data:; "
        "script-src 'unsafe-inline'; style-src 'unsafe-inline'"
    ),
    "X-Content-Type-Options": "nosniff",
}


class SchemaRoutes(Controller):
    path = "/schema"
    include_in_schema = False

    @get(media_type="text/html", sync_to_thread=False)
    def page(self) -> Response[bytes]:
        content = resources.files("api").joinpath("schema.html").read_bytes()
        return Response(content, media_type="text/html", headers=_PAGE_HEADERS)

    @get("/openapi.json", media_type="application/json")
    async def document(self, description: NamedDependency[Description]) -> Response[bytes]:
        return Response(await description.as_json(), media_type="application/json")

"""What the OpenAPI document says beyond what the routes' types say by themselves."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Components,
    License,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
    SecurityScheme,
    Tag,
)
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

import ibid_contract
from api.problems import MEDIA_TYPE
from ibid_contract import Problem

type Specs = dict[int, ResponseSpec]

_MEANINGS: Mapping[int, str] = {
    400: "The request is malformed.",
    401: "The API key is missing, wrong or revoked.",
    404: "There is no such thing in the caller's workspace.",
    409: "The state of the thing does not allow this.",
    413: "The document is larger than this installation takes.",
    415: "The content is of a kind that Ibid does not read.",
    422: "The input breaks a rule.",
    503: "A part of the installation does not answer; try again in a moment.",
}

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items at most.")]
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=500, description="The `next_cursor` of the page before."),
]


def problems(*statuses: int) -> Specs:
    """The problems of a route: these, and those that every route under ``/v1`` has."""
    return {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            description=_MEANINGS[status],
            media_type=MEDIA_TYPE,
        )
        for status in sorted({400, 401, 503, *statuses})
    }


def success(
    status: int, kind: Any, description: str, media_type: str = "application/json"
) -> Specs:
    """A success besides the route's own."""
    spec = ResponseSpec(
        kind, generate_examples=False, description=description, media_type=media_type
    )
    return {status: spec}


@dataclass
class UploadOperation(Operation):
    """The upload reads its form itself, so its body is described here."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING, min_length=1)
        form = Schema(
            type=OpenAPIType.OBJECT,
            required=["file"],
            properties={
                "file": Schema(
                    type=OpenAPIType.STRING,
                    content_media_type="application/octet-stream",
                    description="The document.",
                ),
                "external_id": text,
                "title": text,
                "metadata": Schema(
                    type=OpenAPIType.STRING,
                    content_media_type="application/json",
                    description="A JSON object.",
                ),
            },
            additional_properties=False,
        )
        self.request_body = RequestBody(
            {"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True
        )


def config(version: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Ibid",
        version=version,
        summary="Document search with citations that hold.",
        description=(
            "Upload documents, find passages, cite them. Offsets count Unicode code points of a "
            "version's canonical text, half-open. Lists take `limit` and `cursor`. Errors are "
            "RFC 9457 problems."
        ),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={
                "key": SecurityScheme(
                    type="http", scheme="bearer", description="An API key: `ibid_<id>_<secret>`."
                )
            }
        ),
        tags=[
            Tag("collections", "Named sets of documents that are searched together."),
            Tag("documents", "What people upload, its text and its pages."),
            Tag("jobs", "What happens to a document until it can be found."),
            Tag("search", "Passages by words and by meaning."),
            Tag("evaluation", "How well searches answer, by judged queries and by people."),
            Tag("models", "What passages and queries are embedded by."),
            Tag("auth", "Who is asking."),
            Tag("operations", "For probes and monitoring; without credentials."),
        ],
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, *_: handler.handler_name,
    )


class Description:
    """The OpenAPI document of the routes, made when first asked for and then kept."""

    def __init__(self, routes: Sequence[ControllerRouterHandler], version: str) -> None:
        self._routes = routes
        self._version = version
        self._json: bytes | None = None

    async def as_json(self) -> bytes:
        if self._json is None:
            self._json = await asyncio.to_thread(describe, self._routes, self._version)
        return self._json


def describe(routes: Sequence[ControllerRouterHandler], version: str) -> bytes:
    """Return the OpenAPI document as JSON."""
    # without logging_config=None this app would take the process's logging over
    app = Litestar(routes, openapi_config=config(version), logging_config=None)
    document = app.openapi_schema.to_schema()
    _rename_picture(document["paths"])
    for item in document["paths"].values():
        for operation in item.values():
            operation["summary"] = operation["description"].partition("\n")[0].rstrip(".")
    for name, schema in document["components"]["schemas"].items():
        if _refuses_unknown_fields(name):
            schema["additionalProperties"] = False
    return msgspec.json.encode(document)


def _refuses_unknown_fields(name: str) -> bool:
    settings = getattr(getattr(ibid_contract, name, None), "__struct_config__", None)
    return settings is not None and bool(settings.forbid_unknown_fields)


def _rename_picture(paths: dict[str, Any]) -> None:
    """Litestar's parameters are whole segments; the page's number is a part of one."""
    path = next(path for path in paths if path.endswith("/{picture}"))
    item = paths.pop(path)
    paths[path.replace("{picture}", "{number}.png")] = item
    for parameter in item["get"]["parameters"]:
        if parameter["name"] == "picture":
            parameter["name"] = "number"
            parameter["schema"] = {"type": "integer", "minimum": 1}

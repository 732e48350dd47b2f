"""The composition root: which routes there are, and what stands around them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from api.authentication import provide_tenant, require_key
from api.documentation import Description
from api.edge import Edge
from api.parameters import known_parameters, refuse_unknown_parameters
from api.parts import Parts
from api.problems import HANDLERS
from api.requests import JSON_BYTES, ApiRequest
from api.routes.accounts import AuthRoutes
from api.routes.collections import CollectionRoutes
from api.routes.documents import CollectionDocumentRoutes, DocumentRoutes
from api.routes.evaluations import EvaluationRoutes
from api.routes.jobs import JobRoutes
from api.routes.judgements import JudgementRoutes
from api.routes.models import ModelRoutes
from api.routes.operations import OperationRoutes
from api.routes.schema import SchemaRoutes
from api.routes.search import CompletionRoutes, SearchRoutes, SimilarRoutes
from api.version import VERSION

type OpenParts = Callable[[], AbstractAsyncContextManager[Parts]]


def create_app(open_parts: OpenParts) -> Edge:
    """Return the ASGI app; its lifespan opens the parts and closes them."""
    described = routes()
    description = Description(described, VERSION)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with open_parts() as parts:
            app.state.parts = parts
            yield

    app = Litestar(
        [*described, SchemaRoutes],
        lifespan=[lifespan],
        dependencies={"description": Provide(lambda: description, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        request_class=ApiRequest,
        request_max_body_size=JSON_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    app.state.known_parameters = known_parameters(app)
    return Edge(app)


def routes() -> list[ControllerRouterHandler]:
    """All of them, each once, with what they need."""
    private = Router(
        "/v1",
        route_handlers=[
            AuthRoutes,
            CollectionRoutes,
            CollectionDocumentRoutes,
            DocumentRoutes,
            JobRoutes,
            SearchRoutes,
            CompletionRoutes,
            SimilarRoutes,
            JudgementRoutes,
            EvaluationRoutes,
            ModelRoutes,
        ],
        guards=[_admit],
        security=[{"key": []}],
        dependencies={
            "parts": Provide(_provide_parts, sync_to_thread=False),
            "tenant": Provide(provide_tenant),
        },
    )
    public = Router(
        "/",
        route_handlers=[OperationRoutes],
        dependencies={"parts": Provide(_provide_parts, sync_to_thread=False)},
    )
    return [private, public]


async def _admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    # one guard: Litestar copies the handler for each
    await require_key(connection, handler)
    await refuse_unknown_parameters(connection, handler)


def _provide_parts(state: State) -> Parts:
    parts: Parts = state.parts
    return parts

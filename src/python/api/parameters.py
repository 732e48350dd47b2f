"""Query parameters that a call does not know are refused, as fields of a body are."""

from collections.abc import Mapping
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from api.edge import route_of, without_converters
from api.problems import BadRequest

type Known = Mapping[tuple[str, str], frozenset[str]]
"""The names, by a route's template and method."""


def known_parameters(app: Litestar) -> Known:
    """The query parameters that each call of the app takes."""
    return {
        (without_converters(route.path), method): frozenset(
            parameter.field_alias for parameter in model.expected_query_params
        )
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (_, model) in route.route_handler_map.items()
    }


async def refuse_unknown_parameters(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """A filter with a misspelt name would silently let everything through. Raises BadRequest."""
    scope: Any = connection.scope
    known: Known = connection.app.state.known_parameters
    names = known.get((route_of(scope), scope["method"]), frozenset())
    unknown = sorted(set(connection.query_params.keys()) - names)
    if unknown:
        raise BadRequest(f"This call takes no parameter “{unknown[0][:100]}”.")

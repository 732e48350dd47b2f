"""Reading JSON bodies: strictly, straight into the type that the route declares."""

from typing import Any

import msgspec
from litestar import Request
from litestar.types import Empty

from api.problems import BadRequest, WrongContentType

JSON_BYTES = 1 << 20
"""No JSON body of the API needs more."""


class ApiRequest(Request[Any, Any, Any]):
    """Decodes a body once, into its struct; Litestar would convert ``"5"`` to 5 on the way."""

    async def json(self) -> Any:
        if self._json is Empty:
            kind, _ = self.content_type
            if kind and kind != "application/json":
                raise WrongContentType(
                    "Send JSON, with the header “content-type: application/json”."
                )
            field = self.route_handler.parsed_data_field
            self._json = decode(await self.body(), field.annotation if field else Any)
        return self._json


def decode(body: bytes, kind: Any, name: str = "The body") -> Any:
    """Raises BadRequest where ``body`` is no JSON of that type, or holds a NUL character."""
    try:
        value = msgspec.json.decode(body, type=kind)
        # PostgreSQL's text has no NUL; the escape is the only way to write one in JSON
        if rb"\u0000" in body and _holds_nul(msgspec.json.decode(body)):
            raise BadRequest(f"{name} must not hold NUL characters.")
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(_say(name, error)) from error
    except RecursionError as error:
        raise BadRequest(f"{name} is nested too deep.") from error
    return value


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_holds_nul, value))


def _say(name: str, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"{name} is not valid UTF-8."
    if isinstance(error, msgspec.ValidationError):
        return f"{name} breaks a rule: {error}."
    return f"{name} is not valid JSON: {error}."

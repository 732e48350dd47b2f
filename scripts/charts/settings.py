"""What ``config`` of a service may hold: the variables that the service reads, as it reads them."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

from libs.settings import ApiSettings, OrchestratorSettings, WebSettings
from libs.settings.expectation import innermost, names
from libs.settings.values import Url

type Schema = dict[str, Any]

SETTINGS: Mapping[str, type[msgspec.Struct]] = {
    "api": ApiSettings,
    "orchestrator": OrchestratorSettings,
    "web": WebSettings,
}

# The chart sets these itself: a service that listens elsewhere would not be found.
_OURS = re.compile(
    r"_FILE$|_(HOST|PORT|URL)$|^IBID_(DRAIN|SHUTDOWN|UPLOAD|MODEL)_(FILE|SECONDS|FOLDER)$"
    r"|^IBID_EMBEDDING_API_KEY$"
)


def of_settings(settings: type[msgspec.Struct]) -> Schema:
    """Return the schema of the service's variables, without those that the chart sets.

    An empty text is one of the values: the service takes its default then.
    """
    fields = {f"IBID_{one.name.upper()}": one.type for one in msgspec.structs.fields(settings)}
    properties = {name: _of(fields[name]) for name in sorted(fields) if not _OURS.search(name)}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _of(kind: object) -> Schema:
    match innermost(inspect.type_info(kind)):
        case inspect.BoolType():
            return {"enum": [True, False, "true", "false", ""]}
        case inspect.IntType() as number:
            return {"type": ["integer", "string"], **_bounds(number), **_all(_whole(number))}
        case inspect.FloatType() as number:
            return {"type": ["number", "string"], **_bounds(number), **_all(_decimal(number))}
        case inspect.EnumType(cls=cls):
            return {"enum": [*names(cls), *(name.lower() for name in names(cls)), ""]}
        case inspect.CustomType(cls=cls) if issubclass(cls, Url):
            return {"type": "string", "pattern": rf"^(({'|'.join(cls.schemes)})://[^/?#:\s]\S*)?$"}
        case _:
            return {"type": "string"}


def _bounds(number: inspect.IntType | inspect.FloatType) -> Schema:
    bounds = {"minimum": number.ge, "exclusiveMinimum": number.gt, "maximum": number.le}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _all(patterns: list[str]) -> Schema:
    """A number may also be given as text, which JSON Schema bounds by patterns alone."""
    [first, *others] = ({"pattern": f"^({pattern})?$"} for pattern in patterns)
    return {"allOf": [first, *others]} if others else first


def _whole(number: inspect.IntType) -> list[str]:
    most = [] if number.le is None else [_to(number.le)]
    return [_from(number.ge or 0), *most]


def _decimal(number: inspect.FloatType) -> list[str]:
    patterns = [r"(0|[1-9][0-9]*)(\.[0-9]+)?"]
    if number.gt == 0:
        patterns.append(r"[0-9.]*[1-9][0-9.]*")
    if number.le is not None:
        most = int(number.le)
        patterns.append(rf"({_to(most - 1)})(\.[0-9]+)?|{most}(\.0+)?")
    return patterns


def _from(least: int) -> str:
    """Return a pattern of the whole numbers from ``least`` on."""
    digits = str(least)
    same_length = [
        f"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "9"
    ]
    return "|".join([digits, *same_length, f"[1-9][0-9]{{{len(digits)},}}"])


def _to(most: int) -> str:
    """Return a pattern of the whole numbers up to ``most``, which also takes zeros before them."""
    digits = str(most)
    same_length = [
        f"{digits[:place]}[0-{int(digit) - 1}][0-9]{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "0"
    ]
    return "|".join([f"[0-9]{{0,{len(digits) - 1}}}", *same_length, digits])

"""Named SQL: a package keeps its statements in ``queries.sql``, each under ``-- name: x``."""

import re
from collections.abc import Mapping
from importlib import resources
from typing import LiteralString, cast

from psycopg import sql

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def load(package: str) -> dict[str, LiteralString]:
    """Return each statement of ``package/queries.sql`` under its name.

    The cast is sound because the text ships with the code: no caller's string reaches it.

    Raises:
        ValueError: a name stands twice.
    """
    text = resources.files(package).joinpath("queries.sql").read_text("utf-8")
    _, *parts = _NAME.split(text)
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}/queries.sql names a statement twice")
    return {
        name: cast(LiteralString, body.strip()) for name, body in zip(names, bodies, strict=True)
    }


def written_out(statement: LiteralString, values: Mapping[str, object]) -> sql.Composed:
    """Return a statement with its values in it, to be sent in one exchange with others."""
    parts: list[sql.Composable] = []
    for number, part in enumerate(_PLACEHOLDER.split(statement)):
        is_name = number % 2
        parts.append(sql.Literal(values[part]) if is_name else sql.SQL(cast(LiteralString, part)))
    return sql.Composed(parts)

"""Named SQL: a package keeps its statements in ``queries.sql``, each under ``-- name: x``."""

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
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


def written_out(
    statement: LiteralString, values: Mapping[str, object], **others: Hashable
) -> sql.Composed:
    """Return a statement with its values in it, to be sent in one exchange with others.

    ``others`` are values that are the same for many a statement: what they make of it is kept.
    """
    parts: list[sql.Composable] = []
    for number, part in enumerate(_parts(statement, tuple(others.items()))):
        parts.append(sql.Literal(values[part.as_string()]) if number % 2 else part)
    return sql.Composed(parts)


@lru_cache(maxsize=1024)
def _parts(statement: LiteralString, values: tuple[tuple[str, Hashable], ...]) -> list[sql.SQL]:
    """The texts between the names of values that are not among these, and those names."""
    given = dict(values)
    parts = [""]
    for number, part in enumerate(_PLACEHOLDER.split(statement)):
        if number % 2 == 0:
            parts[-1] += part
        elif part in given:
            parts[-1] += sql.Literal(given[part]).as_string()
        else:
            parts += [part, ""]
    return [sql.SQL(part) for part in parts]


def kept(statement: sql.Composed) -> sql.SQL:
    """Return a statement as text, to be asked again and again: to write values out takes long."""
    return sql.SQL(statement.as_string())

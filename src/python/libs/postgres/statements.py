"""Named SQL: a package keeps its statements in ``queries.sql``, each under ``-- name: x``."""

import re
from importlib import resources
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


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

"""What the owner of the database does with models. Each call is a transaction of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import kwargs_row, scalar_row
from psycopg.types.json import Jsonb

from libs.errors import Conflict, NotFound, Unavailable
from libs.models.model import ModelRow, model_row
from libs.models.sql import STATEMENTS


def list_models(owner_url: str) -> Sequence[ModelRow]:
    """The active one first, then those that are kept, then those that are known."""
    with (
        psycopg.connect(owner_url, connect_timeout=10) as connection,
        connection.cursor(row_factory=kwargs_row(model_row)) as cursor,
    ):
        return cursor.execute(STATEMENTS["list"]).fetchall()


def build(owner_url: str, name: str) -> int:
    """Keep a known model; return how many passages are to be embedded. Safe to repeat.

    Raises:
        NotFound: no service has said that it knows the model.
        Unavailable: something in the database is in the way.
    """
    return int(_call(owner_url, "build", name=name))


def switch(owner_url: str, name: str, evidence: Mapping[str, object]) -> None:
    """Make the model the active one, at once and for everybody.

    Raises:
        NotFound: there is no such model.
        Conflict: it is active already, or has not every embedding.
        Unavailable: something in the database is in the way.
    """
    _call(owner_url, "switch", name=name, evidence=Jsonb(evidence))


def roll_back(owner_url: str) -> str:
    """Make the model active that was before, and return its name; raises as ``switch``."""
    return str(_call(owner_url, "roll_back"))


def remove(owner_url: str, name: str) -> None:
    """Drop the embeddings of a model; it stays known.

    Raises:
        NotFound: no model of that name is kept.
        Conflict: it is active, or was a moment ago.
        Unavailable: something in the database is in the way.
    """
    _call(owner_url, "remove", name=name)


def _call(owner_url: str, statement: str, **parameters: object) -> Any:
    with (
        _explained(),
        psycopg.connect(owner_url, connect_timeout=10) as connection,
        connection.cursor(row_factory=scalar_row) as cursor,
    ):
        return cursor.execute(STATEMENTS[statement], parameters).fetchone()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise Unavailable("Publications are in the way. Try again in a moment.") from error
    except psycopg.Error as error:
        kinds = {"IB404": NotFound, "IB409": Conflict}
        kind = kinds.get(error.sqlstate or "")
        if kind is None:
            raise
        raise kind(error.diag.message_primary) from error

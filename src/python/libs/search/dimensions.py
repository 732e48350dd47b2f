"""Statements that call functions of one dimension: the vector index is on a cast written out."""

from functools import cache
from typing import LiteralString

from libs.postgres.statements import load

_SQL = load("libs.search")


@cache
def of_dimension(name: str, dimension: int) -> LiteralString:
    """Return the statement for embeddings of this dimension."""
    return _SQL[name].replace("_DIMENSION(", f"_{dimension:d}(")

"""Statements for models of each dimension: a cast that an index is on must be written out."""

from functools import cache
from typing import LiteralString


@cache
def of_dimension(statement: LiteralString, dimension: int) -> LiteralString:
    """Return a statement on functions of 384 dimensions as one on those of another dimension."""
    return statement.replace("_384(", f"_{dimension:d}(")

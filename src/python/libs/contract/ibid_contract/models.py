"""The models that passages and queries are embedded by."""

from datetime import datetime
from enum import StrEnum

import msgspec


class ModelState(StrEnum):
    """``known``: nothing is embedded by it. ``ready``: everything is, and searches may name it.
    ``active``: searches use it. ``retired``: it was active before.
    """

    KNOWN = "known"
    BUILDING = "building"
    READY = "ready"
    ACTIVE = "active"
    RETIRED = "retired"


class Model(msgspec.Struct, frozen=True):
    """``progress`` is the share of the installation's passages that are embedded by it.

    A rollback makes the one active again that ``is_previous``.
    """

    name: str
    dimension: int
    max_tokens: int | None
    state: ModelState
    is_previous: bool
    progress: float
    built_at: datetime | None
    switched_at: datetime | None

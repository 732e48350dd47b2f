"""Models as rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class ModelState(StrEnum):
    """``known``: a service can embed by it, and nothing is. All others are kept: what is published
    is embedded by them, too. ``retired`` was active before.
    """

    KNOWN = "known"
    BUILDING = "building"
    READY = "ready"
    ACTIVE = "active"
    RETIRED = "retired"

    @property
    def is_complete(self) -> bool:
        """Whether every published passage has an embedding, or will have in a moment."""
        return self in (ModelState.READY, ModelState.ACTIVE, ModelState.RETIRED)


class Described(Protocol):
    """What an installation keeps of a model."""

    @property
    def name(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...
    @property
    def query_prefix(self) -> str: ...
    @property
    def passage_prefix(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...


def model_row(state: str, **columns: Any) -> "ModelRow":
    """Return a row of ``list_models``."""
    return ModelRow(state=ModelState(state), **columns)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """``progress`` is the share of published passages that are embedded. ``is_previous`` is what a
    rollback makes active again.
    """

    name: str
    dimension: int
    max_tokens: int | None
    state: ModelState
    is_previous: bool
    progress: float
    built_at: datetime | None
    switched_at: datetime | None

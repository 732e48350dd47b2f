"""Collections: named sets of documents that are searched together."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Description = Annotated[str, msgspec.Meta(max_length=2_000)]


class NewCollection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    description: Description = ""


class CollectionPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that are absent stay as they are."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    description: Description | msgspec.UnsetType = msgspec.UNSET


class Collection(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    description: str
    documents: int
    created_at: datetime
    updated_at: datetime

"""Who is asking."""

from uuid import UUID

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """``GET /v1/auth/whoami``: the caller's workspace and API key."""

    workspace_id: UUID
    workspace_name: str
    api_key_id: UUID
    api_key_name: str

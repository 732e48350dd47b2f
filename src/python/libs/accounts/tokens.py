"""The text that a caller shows, and what the database knows of it."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from uuid import UUID

from uuid_utils.compat import uuid7

from libs.errors import Denied

_TOKEN = re.compile(r"ibid_([0-9a-f]{32})_([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Which key, and the SHA-256 of its secret."""

    key_id: UUID
    secret_sha256: bytes


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that is in no database yet; ``token`` cannot be had from it later."""

    token: str = field(repr=False)
    credentials: Credentials


def new_key() -> NewKey:
    """Return a key with 256 random bits as its secret."""
    token = f"ibid_{uuid7().hex}_{secrets.token_hex(32)}"
    return NewKey(token, parse_token(token))


def parse_token(token: str) -> Credentials:
    """Return the credentials that ``ibid_<32 hex digits>_<64 hex digits>`` stands for.

    Raises:
        Denied: the text is no token.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise Denied("That is no API key: a key is ibid_, its id, _, and its secret.")
    key_id, secret = match.groups()
    return Credentials(UUID(key_id), hashlib.sha256(bytes.fromhex(secret)).digest())

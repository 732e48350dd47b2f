"""Workspaces, the API keys that open them, and what their callers did.

A token is shown once, when its key is made; the database keeps the SHA-256 of its secret. 256
random bits need no slow hash: there is nothing to guess.
"""

from libs.accounts.audit import Audit
from libs.accounts.authenticate import Principal, authenticate, holds, unknown_key
from libs.accounts.bootstrap import bootstrap, register, revoke
from libs.accounts.idempotency import IdempotencyKeys, Stored, expire_idempotency_keys
from libs.accounts.tokens import Credentials, NewKey, new_key, parse_token

__all__ = [
    "Audit",
    "Credentials",
    "IdempotencyKeys",
    "NewKey",
    "Principal",
    "Stored",
    "authenticate",
    "bootstrap",
    "expire_idempotency_keys",
    "holds",
    "new_key",
    "parse_token",
    "register",
    "revoke",
    "unknown_key",
]

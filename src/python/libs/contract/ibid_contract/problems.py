"""What went wrong: RFC 9457, ``application/problem+json``."""

import msgspec


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """``type`` is a stable name such as ``/problems/not-found``; ``detail`` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    trace_id: str | None = None

"""What the domain says when a rule says no.

    DomainError
    ├── NotFound       the thing is not there, or not the caller's
    ├── Conflict       the thing is there, but not in a state that allows this
    ├── Rejected       the input breaks a rule
    ├── Denied         the caller has not shown who they are, or may not do this
    └── Unavailable    a part that Ibid needs does not answer; trying again helps

A message is one sentence fit for the person who reads it: what is wrong and what to do. ``code`` is
its stable name for programs. HTTP knows these classes; they know nothing of HTTP.
"""

from typing import ClassVar


class DomainError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0])

    @property
    def message(self) -> str:
        return str(self.args[0])


class NotFound(DomainError):
    """There is no such thing here."""

    code = "not-found"


class Conflict(DomainError):
    """The state of the thing does not allow this."""

    code = "conflict"


class Rejected(DomainError):
    """The input breaks a rule."""

    code = "rejected"


class BadQuery(DomainError):
    """The query cannot be answered as it is."""

    code = "bad-query"


class Denied(DomainError):
    """The credentials are missing, wrong or revoked."""

    code = "denied"


class Unavailable(DomainError):
    """A part of the installation does not answer; try again in a moment."""

    code = "unavailable"

"""What the database's administrator has to mend before Ibid can use it."""

from typing import ClassVar

from libs.errors import DomainError


class Unsuitable(DomainError):
    """The server, or a role, is not as Ibid needs it."""

    code: ClassVar[str] = "unsuitable"

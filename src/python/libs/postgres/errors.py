"""What the database's administrator has to mend before Ibid can use it."""

from typing import ClassVar

from libs.errors import Conflict


class Unsuitable(Conflict):
    """The server, or a role, is not as Ibid needs it."""

    code: ClassVar[str] = "unsuitable"

"""Values that check themselves. Their errors say what is expected, never what was given."""

import re
from enum import StrEnum
from typing import ClassVar, Self
from urllib.parse import SplitResult, urlsplit

_HOST = re.compile(r"(?P<name>\[[^]]+\]|[^:\[\]]*)(:(?P<port>\d{1,5}))?")


class Secret(str):
    """Text that hides in a ``repr``; it may come from the file that ``…_FILE`` names."""

    __slots__ = ()
    expected: ClassVar[str] = "text"

    def __repr__(self) -> str:
        return "'***'"


class Url(str):
    """A URL whose scheme and host are as they must be."""

    __slots__ = ()
    schemes: ClassVar[tuple[str, ...]]
    expected: ClassVar[str]

    def __new__(cls, text: str) -> Self:
        """Return the URL.

        Raises:
            ValueError: the scheme is another, a host is missing or a port is no port.
        """
        problem = _problem(text, cls.schemes)
        if problem:
            raise ValueError(f"{problem}; expected {cls.expected}")
        return super().__new__(cls, text)


class HttpUrl(Url):
    """Where an HTTP service answers, without a slash at the end."""

    schemes = ("http", "https")
    expected = "a URL such as http://127.0.0.1:3001"

    def __new__(cls, text: str) -> Self:
        return super().__new__(cls, text.rstrip("/"))


class DatabaseUrl(Url, Secret):
    """A PostgreSQL connection URL; secret, as it holds a password."""

    schemes = ("postgresql", "postgres")
    expected = "a URL such as postgresql://user:password@host:5432/database"


class RedisUrl(Url, Secret):
    """A Redis connection URL; secret, as it may hold a password."""

    schemes = ("redis", "rediss")
    expected = "a URL such as redis://127.0.0.1:6379/0"


class LogLevel(StrEnum):
    """The least urgent lines that are written. Read in either case."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"

    @classmethod
    def _missing_(cls, value: object) -> "LogLevel | None":
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


def _problem(text: str, schemes: tuple[str, ...]) -> str | None:
    try:
        url = urlsplit(text)
    except ValueError:
        return "not a URL"
    if url.scheme not in schemes:
        return f"the scheme must be {' or '.join(schemes)}"
    hosts = [_HOST.fullmatch(host) for host in url.netloc.rpartition("@")[2].split(",")]
    if not all(host and 0 < int(host["port"] or 1) < 65_536 for host in hosts):
        return "the port must be a number from 1 to 65535"
    if not all(host and host["name"] for host in hosts) and not _names_host(url):
        return "the host is missing"
    return None


def _names_host(url: SplitResult) -> bool:
    """libpq also takes the host, such as the folder of a socket, as a parameter."""
    return url.scheme.startswith("postgres") and "host=" in url.query

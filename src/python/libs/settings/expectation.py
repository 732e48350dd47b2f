"""What a field takes, in words."""

from enum import Enum
from pathlib import Path

from msgspec import inspect

from libs.settings.values import Secret, Url


def expectation(kind: object) -> str:
    """Say which texts ``kind`` takes, such as "a whole number, at least 1"."""
    match innermost(inspect.type_info(kind)):
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType() as number:
            return f"a whole number{_range(number)}"
        case inspect.FloatType() as number:
            return f"a number{_range(number)}"
        case inspect.EnumType(cls=cls):
            return " or ".join(names(cls))
        case inspect.CustomType(cls=cls) if cls is Path:
            return "a path"
        case inspect.CustomType(cls=cls) if issubclass(cls, Secret | Url):
            return cls.expected
        case _:
            return "text"


def is_secret(kind: object) -> bool:
    """Whether the value must not be seen, and may come from a file."""
    found = innermost(inspect.type_info(kind))
    return isinstance(found, inspect.CustomType) and issubclass(found.cls, Secret)


def innermost(info: inspect.Type) -> inspect.Type:
    """The type without its metadata, and without ``| None``."""
    if isinstance(info, inspect.Metadata):
        return innermost(info.type)
    if isinstance(info, inspect.UnionType):
        return next(one for one in info.types if not isinstance(one, inspect.NoneType))
    return info


def names(cls: type[Enum]) -> list[str]:
    """What the variable may hold."""
    return [str(member.value) for member in cls]


def _range(number: inspect.IntType | inspect.FloatType) -> str:
    if number.ge is not None and number.le is not None:
        return f" from {number.ge} to {number.le}"
    if number.ge is not None:
        return f", at least {number.ge}"
    if number.gt is not None and number.le is not None:
        return f" above {number.gt:g}, at most {number.le:g}"
    return ""

"""Metadata as people type them, ``department = legal, year = 2024``, and as JSON."""

import json


class Malformed(Exception):
    """The text fits no metadata; says what it should look like."""


def parse(text: str) -> dict[str, object]:
    """Return what the text says. Numbers, true, false and null are JSON's; the rest are strings.

    Quotes make a value a string that holds commas, or that looks like a number.
    """
    found: dict[str, object] = {}
    for part in _split(text):
        name, separator, value = part.partition("=")
        if not separator or not name.strip():
            raise Malformed(f"“{part.strip()}” is not of the form name = value.")
        found[name.strip()] = _value(value.strip())
    return found


def shown(value: object) -> str:
    """Return a value as people read it: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _split(text: str) -> list[str]:
    parts = [""]
    is_quoted = is_escaped = False
    for character in text:
        if character in ",\n" and not is_quoted:
            parts.append("")
            continue
        if character == '"' and not is_escaped:
            is_quoted = not is_quoted
        is_escaped = character == "\\" and not is_escaped
        parts[-1] += character
    return [part for part in parts if part.strip()]


def _value(text: str) -> object:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return text
    return text if isinstance(value, dict | list) else value


def _no_constant(name: str) -> object:
    raise ValueError(name)

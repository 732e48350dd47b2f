"""Metadata as people type them, ``department = legal, year = 2024``, and as JSON."""

import json
from collections.abc import Mapping


class Malformed(Exception):
    """The text fits no metadata; says what it should look like."""


def parse(text: str) -> dict[str, object]:
    """Return what the text says. Numbers, true, false and null are JSON's; the rest are strings.

    Quotes make a value a string that holds commas, or that looks like a number. Brackets around one
    make it an item of a list: ``tags = ["urgent"]``.
    """
    found: dict[str, object] = {}
    for part in _split(text):
        name, separator, value = part.partition("=")
        if not separator or not name.strip():
            raise Malformed(f"“{part.strip()}” is not of the form name = value.")
        found[name.strip()] = _value(value.strip())
    return found


def written(metadata: Mapping[str, object]) -> str | None:
    """Return the text that says so, None where none can."""
    text = ", ".join(_written(name, value) for name, value in metadata.items())
    return text if _says(text, metadata) else None


def shown(value: object) -> str:
    """Return a value as people read it: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _written(name: str, value: object) -> str:
    plain = f"{name} = {value}"
    # a quotation mark alone would reach into what comes next
    if '"' not in plain and _says(plain, {name: value}):
        return plain
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"


def _says(text: str, metadata: Mapping[str, object]) -> bool:
    try:
        found = parse(text)
    except Malformed:
        return False
    # as JSON, since True == 1 in Python
    return json.dumps(found) == json.dumps(metadata)


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
    items = value if isinstance(value, list) else [value]
    return text if any(isinstance(item, dict | list) for item in items) else value


def _no_constant(name: str) -> object:
    raise ValueError(name)

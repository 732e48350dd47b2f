"""What the chart takes for a variable, the service takes as well, and the other way round."""

import re
from typing import Any

import pytest

from charts.settings import SETTINGS, of_settings
from libs.settings import SettingsError, load

_PROPERTIES = [
    (service, name, schema)
    for service, settings in SETTINGS.items()
    for name, schema in of_settings(settings)["properties"].items()
]
# the bounds of all settings, and some between them
_EDGES = (0, 1, 9, 10, 50, 64, 100, 128, 199, 600, 999, 1_000, 4_000, 9_999, 86_400, 536_870_912)
_NUMBERS = [str(edge + more) for edge in _EDGES for more in (-1, 0, 1)]
_DECIMALS = ["0.0", "0.5", "2.5", "599.9", "600.0", "600.5", "86399.9", "86400.0", "86400.5"]
_TEXTS = ["", "true", "false", "maybe", "INFO", "info", "LOUD", "many", "07", "1.", "1,5"]
_TEXTS += [
    "http://a.b:4318/c",
    "https://a",
    "a:4318",
    "ftp://a",
    "http://",
    "http://:80",
    "http:///a",
]


@pytest.mark.parametrize(
    ("service", "name", "schema"), _PROPERTIES, ids=[f"{one[0]}-{one[1]}" for one in _PROPERTIES]
)
def test_the_schema_takes_the_texts_that_the_service_takes(
    service: str, name: str, schema: dict[str, Any]
) -> None:
    texts = {*_NUMBERS, *_DECIMALS, *_TEXTS}
    valid = {text for text in texts if _is_valid(schema, text)}
    read = {text for text in texts if _is_read(service, name, text)}
    assert valid <= read
    assert {text for text in read - valid if not _is_unusual(schema, text)} == set()


def _is_valid(schema: dict[str, Any], text: str) -> bool:
    """Judge a text as JSON Schema does, as far as these schemas go."""
    if "enum" in schema:
        return text in schema["enum"]
    parts = [schema, *schema.get("allOf", ())]
    patterns = [part["pattern"] for part in parts if "pattern" in part]
    return "string" in schema["type"] and all(re.search(one, text) for one in patterns)


def _is_read(service: str, name: str, text: str) -> bool:
    urls = {"IBID_DATABASE_URL": "postgresql://a@b/c", "IBID_REDIS_URL": "redis://a"}
    try:
        load(SETTINGS[service], {**urls, name: text})
    except SettingsError:
        return False
    return True


def _is_unusual(schema: dict[str, Any], text: str) -> bool:
    """Whether it is 600.0 for a whole number or 1 for true, which only the service takes."""
    if "enum" in schema:
        return text.isdigit()
    return "integer" in schema["type"] and "." in text

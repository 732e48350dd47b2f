import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.metadata import Malformed, parse, written

_NAMES = st.text(alphabet="abcdef_-ü ", min_size=1).map(str.strip).filter(bool)
_VALUES = st.one_of(st.booleans(), st.none(), st.integers(), st.text().map(str.strip))


def test_metadata_are_typed_as_name_and_value() -> None:
    assert parse('department = legal, year=2024, is_final = true, code = "007"') == {
        "department": "legal",
        "year": 2024,
        "is_final": True,
        "code": "007",
    }


def test_quotes_hold_commas_together() -> None:
    assert parse('city = "Bergen, Norway"') == {"city": "Bergen, Norway"}


def test_nothing_typed_is_no_metadata() -> None:
    assert parse(" , ") == {}


@pytest.mark.parametrize("text", ["legal", "= legal", "a = 1, b"])
def test_a_text_without_a_name_is_told(text: str) -> None:
    with pytest.raises(Malformed, match="name = value"):
        parse(text)


@given(st.text())
def test_any_text_is_metadata_or_malformed(text: str) -> None:
    with suppress(Malformed):
        assert all(name == name.strip() for name in parse(text))


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_values_are_read_as_json_has_them(metadata: dict[str, object]) -> None:
    text = ", ".join(f"{name} = {json.dumps(value)}" for name, value in metadata.items())
    assert parse(text) == metadata


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("legal", "a = legal"),
        (2024, "a = 2024"),
        ("2024", 'a = "2024"'),
        (True, "a = true"),
        ("Bergen, Norway", 'a = "Bergen, Norway"'),
        (["urgent"], 'a = ["urgent"]'),
    ],
)
def test_a_value_is_written_as_it_would_be_typed(value: object, text: str) -> None:
    assert written({"a": value}) == text


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_what_is_written_is_read_back(metadata: dict[str, object]) -> None:
    text = written(metadata)
    assert text is not None
    assert parse(text) == metadata


@pytest.mark.parametrize("name", ["a = b", "a, b", 'a "b', " a", ""])
def test_a_name_that_cannot_be_typed_is_not_written(name: str) -> None:
    assert written({name: 1, "c": 2}) is None

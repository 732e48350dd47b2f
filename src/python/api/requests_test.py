from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.problems import BadRequest
from api.requests import decode
from ibid_contract import NewCollection, SearchRequest


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"name":5}',
        b'{"name":""}',
        b'{"name":"x","colour":"red"}',
        b'{"name":"\xff"}',
        rb'{"name":"\ud800"}',
        rb'{"name":"a\u0000b"}',
        b'{"name":' + b"[" * 100_000,
    ],
)
def test_a_body_that_breaks_a_rule_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode(body, NewCollection)


@pytest.mark.parametrize("filters", [b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 5_000 + b"}" * 5_000])
def test_deep_nesting_is_a_bad_request(filters: bytes) -> None:
    with pytest.raises(BadRequest):
        decode(b'{"query":"a","filters":{"metadata":' + filters + b"}}", SearchRequest)


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    decoded: NewCollection = decode(rb'{"name":"a\\u0000"}', NewCollection)
    assert decoded.name == r"a\u0000"


@given(st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_no_nul_gets_through_at_any_depth(value: Any) -> None:
    body = msgspec.json.encode(value)
    if "\0" in repr(value).replace("\\x00", "\0"):
        with pytest.raises(BadRequest):
            decode(body, Any)
    else:
        assert decode(body, Any) == value

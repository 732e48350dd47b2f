import re
from pathlib import Path

import pytest

from libs.search.query_language import ParsedQuery, parse

_PAGE = Path("docs/search.md").read_text("utf-8")
_EXAMPLES = re.findall(r"^\| `(.+?)` \|", _PAGE, re.MULTILINE)
_PLAIN = ("note: what is due", "12:30", "https://…", "std::vector", 'what is an "oil lamp"?')


@pytest.mark.parametrize("example", _EXAMPLES[1:])
def test_an_example_of_the_page_on_search_has_operators_and_nothing_else_to_read(
    example: str,
) -> None:
    parsed = parse(example, {"year"})
    assert not parsed.is_plain
    assert not set(parsed.text) & set('":*')


@pytest.mark.parametrize("text", [_EXAMPLES[0], *_PLAIN])
def test_what_the_page_calls_text_is_text(text: str) -> None:
    assert f"`{text}`" in _PAGE
    assert parse(text, {"year"}) == ParsedQuery(text, text)

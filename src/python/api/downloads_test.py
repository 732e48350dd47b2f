from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from api.downloads import content_disposition


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_makes_a_header_that_cannot_break_out(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    plain, _, extended = header.removeprefix('attachment; filename="').partition('"; filename*=')
    assert '"' not in plain
    assert unquote(extended.removeprefix("UTF-8''")) == name

from uuid import UUID

import pytest

from web.links import Place, address, own, page_picture, sign_in

_ID = UUID("01890000-0000-7000-8000-000000000001")


def test_a_place_is_told_by_its_address() -> None:
    place = Place(_ID, version=2, start=10, end=20)
    assert place.href() == f"/document?id={_ID}&version=2&start=10&end=20"


def test_what_is_empty_is_left_out_of_an_address() -> None:
    assert address("/", {"q": "", "collection": []}) == "/"
    assert address("/", {"q": "a&b ü", "collection": ["x", "y"]}) == (
        "/?q=a%26b+%C3%BC&collection=x&collection=y"
    )


def test_a_page_picture_names_its_span() -> None:
    assert page_picture(_ID, 3, 1, (4, 9)) == f"/page/{_ID}/3.png?version=1&highlight=4-9"
    assert page_picture(_ID, 3, 1, None) == f"/page/{_ID}/3.png?version=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "/\t/elsewhere.example",
        "/a\r\nSet-Cookie: b=c",
        "/sign-in?next=/sign-in",
        "",
    ],
)
def test_sign_in_leads_nowhere_else(target: str) -> None:
    assert own(target) == "/"


def test_sign_in_leads_back_to_where_one_was() -> None:
    assert own("/document?id=1&start=2") == "/document?id=1&start=2"
    assert sign_in("expired", "/documents?collection=1") == (
        "/sign-in?reason=expired&next=%2Fdocuments%3Fcollection%3D1"
    )

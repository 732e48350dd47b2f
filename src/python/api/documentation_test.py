import json
import logging
from typing import Any

import pytest

from api.app import create_app, routes
from api.documentation import describe

METHODS = ("get", "post", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(describe(routes(), "1"))
    return described


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")


def test_every_private_operation_wants_a_key_and_says_so(document: dict[str, Any]) -> None:
    private = [(path, one) for path, one in operations(document) if path.startswith("/v1/")]
    assert len(private) >= 19
    for _, operation in private:
        assert operation["security"] == [{"key": []}]
        assert {"400", "401", "503"} <= operation["responses"].keys()
        assert operation["description"]


def test_every_problem_is_described_as_one(document: dict[str, Any]) -> None:
    for _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400" and operation.get("security"):
                assert list(response["content"]) == ["application/problem+json"]


def test_the_picture_s_number_is_a_part_of_its_segment(document: dict[str, Any]) -> None:
    item = document["paths"]["/v1/documents/{document_id}/pages/{number}.png"]
    names = {parameter["name"]: parameter["schema"] for parameter in item["get"]["parameters"]}
    assert names["number"] == {"type": "integer", "minimum": 1}


def test_the_app_is_built_without_opening_anything() -> None:
    def never() -> Any:
        raise AssertionError

    assert create_app(never).litestar.openapi_config is None


def test_requests_that_refuse_unknown_fields_say_so(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("NewCollection", "CollectionPatch", "SearchRequest", "Filters"):
        assert schemas[name]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Document"]


def test_describing_leaves_the_process_s_logging_alone() -> None:
    before = logging.root.handlers[:], logging.getLogger("litestar").handlers[:]
    describe(routes(), "1")
    assert before == (logging.root.handlers, logging.getLogger("litestar").handlers)

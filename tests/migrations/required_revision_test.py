"""The revision that services wait for has all that their statements name."""

import re

from libs.postgres.migrate import MIGRATIONS
from libs.postgres.schema import REQUIRED_REVISION
from libs.postgres.statements import load

_PACKAGES = (
    "libs.accounts",
    "libs.corpus",
    "libs.jobs",
    "libs.judgements",
    "libs.models",
    "libs.search",
)
_MADE = re.compile(r"^create (?:function|table|type) (\w+)|^\s+add column (\w+)", re.MULTILINE)


def test_statements_name_nothing_that_a_later_revision_makes() -> None:
    assert _named_and_made_after(REQUIRED_REVISION) == set()


def test_what_a_later_revision_makes_is_found() -> None:
    found = _named_and_made_after("0010")
    assert {"fused_passages_DIMENSION", "matching_passages"} <= found


def _named_and_made_after(revision: str) -> set[str]:
    text = "\n".join(statement for package in _PACKAGES for statement in load(package).values())
    named = set(re.findall(r"\w+", text))
    return named & {
        name.replace("_384", "_DIMENSION")
        for file in (MIGRATIONS / "versions").glob("*.sql")
        if file.name[:4] > revision
        for names in _MADE.findall(file.read_text("utf-8"))
        for name in names
    }

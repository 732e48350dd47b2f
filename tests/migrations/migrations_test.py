import ast
import re
from pathlib import Path

import pytest

from libs.postgres.migrate import MIGRATIONS
from migrations.linter import CONTRACT, problems, squawk

VERSIONS = sorted((MIGRATIONS / "versions").glob("*.sql"))

needs_squawk = pytest.mark.skipif(squawk() is None, reason="squawk is not installed")


@needs_squawk
@pytest.mark.parametrize("migration", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_only_expands_unless_it_says_otherwise(migration: Path) -> None:
    assert problems(migration) == []


@needs_squawk
@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("alter table documents drop column title", "ban-drop-column"),
        ("drop table audit", "ban-drop-table"),
        ("alter table documents rename column title to name", "renaming-column"),
        ("alter table documents rename to papers", "renaming-table"),
        ("alter table documents add column language text not null", "adding-required-field"),
        ("alter table documents alter column title set not null", "adding-not-nullable-field"),
        ("alter table documents alter column latest type bigint", "changing-column-type"),
        ("create index by_title on documents (title)", "require-concurrent-index-creation"),
        (
            "alter table documents add constraint titled check (title <> '')",
            "constraint-missing-not-valid",
        ),
        ("create index concurrently by_title on documents (title)", "outside-a-transaction"),
        (
            "alter table documents add foreign key (id) references documents (id)",
            "adding-foreign-key-constraint",
        ),
    ],
)
def test_a_planted_migration_is_refused(tmp_path: Path, statement: str, rule: str) -> None:
    found = problems(_migration(tmp_path, f"-- planted\n{statement};\n"))
    assert any(f"{rule}: " in one for one in found)


@needs_squawk
@pytest.mark.parametrize(
    "script",
    [
        "alter table documents add column language text;",
        "alter table documents add column language text not null default 'en';",
        "create table notes (id uuid primary key);\ncreate index notes_id on notes (id);",
        "alter table documents add constraint titled check (title <> '') not valid;",
        "-- outside a transaction\ndrop index concurrently if exists by_title;\n"
        "create index concurrently by_title on documents (title);",
        "-- contract: 0.2.0\nalter table documents drop column title;",
        "-- contract: 0.2.0\ndrop table audit;",
    ],
)
def test_a_migration_that_keeps_the_rules_is_let_through(tmp_path: Path, script: str) -> None:
    assert problems(_migration(tmp_path, script)) == []


@needs_squawk
def test_a_contract_is_no_licence_for_the_rest(tmp_path: Path) -> None:
    script = "-- contract: 0.2.0\nalter table documents rename column title to name;"
    assert "renaming-column" in str(problems(_migration(tmp_path, script)))


@needs_squawk
def test_an_index_that_may_be_half_built_is_dropped_first(tmp_path: Path) -> None:
    script = (
        "-- outside a transaction\n"
        "create index concurrently if not exists by_title on documents (title);"
    )
    [found] = problems(_migration(tmp_path, script))
    assert found.startswith("drop-before-create: ")


@pytest.mark.parametrize("migration", VERSIONS, ids=lambda path: path.stem)
def test_a_contract_names_a_release(migration: Path) -> None:
    script = migration.read_text("utf-8")
    assert ("-- contract" in script) == bool(CONTRACT.search(script))


def test_revisions_follow_one_another() -> None:
    before = None
    for number, migration in enumerate(VERSIONS, start=1):
        assert re.fullmatch(rf"{number:04}_\w+\.sql", migration.name)
        named = _assigned(migration.with_suffix(".py"))
        assert (named["revision"], named["down_revision"]) == (f"{number:04}", before)
        before = named["revision"]
    assert len(VERSIONS) == len(list((MIGRATIONS / "versions").glob("*_*.py")))


def _migration(folder: Path, script: str) -> Path:
    path = folder / "0002_planted.sql"
    path.write_text(script + "\n", "utf-8")
    return path


def _assigned(module: Path) -> dict[str, object]:
    return {
        target.id: ast.literal_eval(statement.value)
        for statement in ast.parse(module.read_text("utf-8")).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }

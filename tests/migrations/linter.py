"""What a migration may not do, as squawk and we see it: docs/adr/0007 says why."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

import msgspec

from libs.postgres.migrations import OUTSIDE

CONTRACT = re.compile(r"^-- contract: (?P<release>\d+\.\d+\.\d+)$", re.MULTILINE)

_EVERYWHERE = (
    # `ibid migrate` sets both
    "require-lock-timeout",
    "require-statement-timeout",
    # a revision is a transaction: there is no half of one to be robust against
    "prefer-robust-stmts",
    # numbers of pages, passages and attempts stay small
    "prefer-bigint-over-int",
)
_BY_CONTRACT = ("ban-drop-column", "ban-drop-not-null", "ban-drop-table")

_CREATED = re.compile(
    r"create\s+(?:unique\s+)?index\s+concurrently\s+(?:if not exists\s+)?(\w+)", re.I
)


class _Finding(msgspec.Struct):
    rule_name: str
    message: str
    line: int


def problems(migration: Path) -> list[str]:
    """Return what is wrong with a revision's SQL, each on a line, with the name of the rule."""
    script = migration.read_text("utf-8")
    return [*_from_squawk(migration, script), *_misplaced(script), *_not_repeatable(script)]


def squawk() -> Path | None:
    """Where the linter's program is, which comes in a wheel; None where it is not installed."""
    try:
        files = importlib.metadata.files("squawk-cli") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    programs = (Path(str(file.locate())) for file in files if file.stem == "squawk")
    return next((program for program in programs if program.is_file()), None)


def _from_squawk(migration: Path, script: str) -> list[str]:
    program = squawk()
    assert program is not None
    excluded = [*_EVERYWHERE, *(_BY_CONTRACT if CONTRACT.search(script) else ())]
    command = [
        str(program),
        "--reporter=json",
        "--pg-version=15",
        f"--exclude={','.join(excluded)}",
    ]
    if OUTSIDE not in script.splitlines():
        command.append("--assume-in-transaction")
    done = subprocess.run([*command, str(migration)], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    found = msgspec.json.decode(done.stdout or "[]", type=list[_Finding])
    return [f"{one.line + 1}: {one.rule_name}: {one.message}" for one in found]


def _misplaced(script: str) -> list[str]:
    if OUTSIDE in script.splitlines():
        return []
    return [
        f"outside-a-transaction: “{name}” is built concurrently, so the file needs “{OUTSIDE}”"
        for name in _CREATED.findall(script)
    ]


def _not_repeatable(script: str) -> list[str]:
    """An index whose building was cut short is there, and of no use: it must be dropped first."""
    return [
        f"drop-before-create: say “drop index concurrently if exists {name};” before it is created"
        for name in _CREATED.findall(script)
        if not re.search(
            rf"drop\s+index\s+concurrently\s+if\s+exists\s+{name}\s*;.*create.*\b{name}\b",
            script,
            re.IGNORECASE | re.DOTALL,
        )
    ]

"""The servers, empty databases, and folders of migrations with a revision more."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg import sql

from libs.postgres.migrate import MIGRATIONS
from libs.testing.pools import owner_pool, pool
from libs.testing.postgres import TestServer, app_url, owner_url, postgres_server

__all__ = ["app_url", "owner_pool", "owner_url", "pool", "postgres_server"]

_NUMBERS = itertools.count(1)

type AddRevision = Callable[[str], Path]
"""Takes the revision's SQL, returns the folder."""


@pytest.fixture
def empty_url(postgres_server: TestServer) -> Iterator[str]:
    """The address of a fresh database without a schema, for its owner."""
    name = f"ibid_empty_{next(_NUMBERS)}"
    run = postgres_server.superuser.execute
    run(sql.SQL("create database {}").format(sql.Identifier(name)))
    yield postgres_server.owner_url(name)
    run(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def add_revision(tmp_path: Path) -> AddRevision:
    """Makes a copy of the migrations with one more on top: that of the next release."""

    def add(statements: str) -> Path:
        folder = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        versions = folder / "versions"
        newest = max(versions.glob("*.py"))
        revision = f"{int(newest.name[:4]) + 1:04}"
        lines = newest.read_text("utf-8").splitlines()
        lines[0] = '"""Planted by a test."""'
        where = next(n for n, line in enumerate(lines) if line.startswith("revision ="))
        lines[where : where + 2] = [
            f'revision = "{revision}"',
            f'down_revision = "{newest.name[:4]}"',
        ]
        (versions / f"{revision}_planted.py").write_text("\n".join(lines) + "\n", "utf-8")
        (versions / f"{revision}_planted.sql").write_text(statements, "utf-8")
        return folder

    return add

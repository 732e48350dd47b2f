"""PostgreSQL and Redis: the embedded ones, or those of Docker Compose."""

import shutil
from collections.abc import Sequence
from typing import Protocol

import psycopg
from psycopg import sql

from dev.compose import Compose, docker_answers
from dev.config import DATABASE, OWNER, OWNER_PASSWORD, Config, Mode
from libs.embedded import PostgresServer, ValkeyServer, require_free
from libs.embedded.server import Server


class Backing(Protocol):
    """What the services need to be there first."""

    mode: Mode

    def launch(self) -> None:
        """Begin the start; raise DevError or EmbeddedError if it cannot be."""

    def wait(self) -> None:
        """Return when both servers answer and the database is there."""

    def has_schema(self, fingerprint: str) -> bool:
        """Return whether ``keep_schema`` was told so, and the data is still the same."""

    def keep_schema(self, fingerprint: str) -> None:
        """Remember that the data has the schema of the migrations with this fingerprint."""

    def keep_up(self) -> list[str]:
        """Start what has ended on its own again, and return its names."""

    def stop(self) -> None:
        """End both; the data stays."""

    def clear(self, *, wipe: bool) -> None:
        """End what an earlier run left; with ``wipe`` remove the data, too."""


class Embedded:
    mode = Mode.EMBEDDED

    def __init__(self, config: Config) -> None:
        self._config = config
        self._postgres = PostgresServer(
            config.data / "postgres",
            port=config.ports.postgres,
            user=OWNER,
            password=OWNER_PASSWORD,
        )
        self._valkey = ValkeyServer(config.data / "redis", port=config.ports.redis)
        self._schema = config.data / "schema"
        self._servers: Sequence[Server] = (self._postgres, self._valkey)

    def launch(self) -> None:
        # Both ports before either server: a busy one is told before anything runs.
        for server in self._servers:
            server.stop_leftover()
            require_free(server.port, purpose=server.name)
        for server in self._servers:
            server.launch()

    def wait(self) -> None:
        for server in self._servers:
            server.wait()
        with psycopg.connect(self._postgres.url(), autocommit=True) as connection:
            query = "select from pg_database where datname = %s"
            if connection.execute(query, (DATABASE,)).fetchone() is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    def has_schema(self, fingerprint: str) -> bool:
        return self._schema.exists() and self._schema.read_text() == fingerprint

    def keep_schema(self, fingerprint: str) -> None:
        self._schema.write_text(fingerprint)

    def keep_up(self) -> list[str]:
        ended = [server for server in self._servers if not server.is_running]
        for server in ended:
            server.launch()
        return [server.name for server in ended]

    def stop(self) -> None:
        for server in self._servers:
            server.stop()

    def clear(self, *, wipe: bool) -> None:
        for server in self._servers:
            server.stop_leftover()
        if wipe and self._config.data.exists():
            shutil.rmtree(self._config.data)


def choose(config: Config, asked: Mode | None) -> Backing:
    """Return what was asked for, or else Compose where a Docker daemon answers."""
    if asked is None:
        asked = Mode.COMPOSE if docker_answers() else Mode.EMBEDDED
    return Compose(config) if asked is Mode.COMPOSE else Embedded(config)

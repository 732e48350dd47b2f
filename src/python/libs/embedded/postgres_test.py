import os
import shutil
import signal
import socket
from pathlib import Path

import psutil
import psycopg
import pytest

from libs.embedded.errors import PortBusy, StartFailed
from libs.embedded.ports import free_port
from libs.embedded.postgres import PostgresServer, PostgresVersion


def _server(
    home: Path, version: PostgresVersion = PostgresVersion.EIGHTEEN, *, durable: bool = False
) -> PostgresServer:
    return PostgresServer(
        home,
        port=free_port(),
        user="ibid",
        password="a b'c@/:",
        version=version,
        durable=durable,
    )


@pytest.mark.parametrize("version", PostgresVersion)
def test_both_versions_serve_vectors_and_unicode(tmp_path: Path, version: PostgresVersion) -> None:
    with (
        _server(tmp_path / "pg", version) as server,
        psycopg.connect(server.url(), autocommit=True) as connection,
    ):
        connection.execute("create extension vector")
        row = connection.execute(
            "select current_setting('server_version_num')::int / 10000, lower('ÄÖ'),"
            " '[1,2]'::vector <=> '[1,2]'::vector"
        ).fetchone()
    assert row == (version.value, "äö", 0.0)


def test_the_data_and_its_settings_outlive_a_restart(tmp_path: Path) -> None:
    with (
        _server(tmp_path / "pg", durable=True) as server,
        psycopg.connect(server.url()) as connection,
    ):
        connection.execute("create table t as select 7 as n")
    with (
        _server(tmp_path / "pg", durable=True) as server,
        psycopg.connect(server.url()) as connection,
    ):
        assert connection.execute("select n from t").fetchone() == (7,)
        assert connection.execute("show fsync").fetchone() == ("on",)


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    with (
        _server(tmp_path / "pg") as server,
        pytest.raises(psycopg.OperationalError, match="password authentication failed"),
    ):
        psycopg.connect(server.url(password="wrong"))


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = PostgresServer(
            tmp_path / "pg", port=taken.getsockname()[1], user="ibid", password="x"
        )
        with pytest.raises(PortBusy, match="PostgreSQL"):
            server.start()


def test_data_of_another_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with _server(tmp_path / "pg", PostgresVersion.SIXTEEN):
        pass
    with pytest.raises(StartFailed, match="belongs to PostgreSQL 16, not 18"):
        _server(tmp_path / "pg", PostgresVersion.EIGHTEEN).start()


def test_half_made_data_of_a_killed_run_is_made_anew(tmp_path: Path) -> None:
    with _server(tmp_path / "pg"):
        pass
    shutil.move(tmp_path / "pg/data", tmp_path / "pg/data.unfinished")
    (tmp_path / "pg/data.unfinished/postgresql.conf").unlink()
    (tmp_path / "pg/password").write_text("left behind")
    with _server(tmp_path / "pg") as server, psycopg.connect(server.url()):
        pass
    assert sorted(path.name for path in (tmp_path / "pg").iterdir()) == ["data", "server.log"]


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(tmp_path: Path) -> None:
    with _server(tmp_path / "pg"):
        pass
    (tmp_path / "pg/data/postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n1\n5432\n\n\n")
    with _server(tmp_path / "pg") as server, psycopg.connect(server.url()):
        pass
    assert psutil.pid_exists(os.getpid())


def test_the_server_of_a_killed_run_is_replaced(tmp_path: Path) -> None:
    left = _server(tmp_path / "pg")
    left.start()
    pid = left.pid
    try:
        with _server(tmp_path / "pg") as server, psycopg.connect(server.url()):
            assert server.pid != pid
            assert not left.is_running
    finally:
        left.stop()


def test_a_server_killed_with_sessions_open_starts_again(tmp_path: Path) -> None:
    left = _server(tmp_path / "pg", durable=True)
    left.start()
    assert left.pid is not None
    with psycopg.connect(left.url(), autocommit=True) as connection:
        connection.execute("create table t as select 7 as n")
        os.kill(left.pid, signal.SIGKILL)
        with _server(tmp_path / "pg") as server, psycopg.connect(server.url()) as again:
            assert again.execute("select n from t").fetchone() == (7,)
    left.stop()

"""The commands as their user meets them: real PostgreSQL and Valkey, and small fake services."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

import dev.__main__
from dev.config import MARK
from libs.embedded import free_port

_SERVICE = """
import http.server, os, signal, sys
name = os.path.basename(sys.argv[0]).removesuffix(".py")
if os.environ.get("FAKE_BROKEN") == name:
    sys.exit("ibid: IBID_REDIS_URL: not set")
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *arguments):
        pass

port = int(os.environ[f"IBID_{name.upper()}_PORT"])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""

_CLI = """
import os, sys
import psycopg
with psycopg.connect(os.environ["IBID_MIGRATION_DATABASE_URL"]) as connection:
    connection.execute("create table if not exists calls (command text)")
    connection.execute("insert into calls values (%s)", (sys.argv[1],))
if os.environ.get("FAKE_BROKEN") == sys.argv[1]:
    sys.exit("ibid: no luck")
if sys.argv[1] == "bootstrap":
    path = sys.argv[sys.argv.index("--key-file") + 1]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write("ibid_1_2\\n")
else:
    print("ibid", *sys.argv[1:], os.environ.get("IBID_API_KEY", ""))
"""


class Machine:
    """A state folder and ports of its own, and the commands on them."""

    def __init__(self, folder: Path) -> None:
        fakes = folder / "fakes"
        fakes.mkdir()
        for name in ("api", "web", "orchestrator"):
            (fakes / f"{name}.py").write_text(_SERVICE)
        (fakes / "cli.py").write_text(_CLI)
        self.state = folder / "state"
        names = ("API", "WEB", "ORCHESTRATOR", "POSTGRES", "REDIS")
        self.ports = {name: free_port() for name in names}
        self.environment = {
            **os.environ,
            "IBID_DEV_DIR": str(self.state),
            "PYTHONPATH": os.pathsep.join([str(fakes), *filter(None, sys.path)]),
            **{f"IBID_DEV_{name}_PORT": str(port) for name, port in self.ports.items()},
        }

    def begin(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", dev.__main__.__package__, *arguments],
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        with self.begin(*arguments, **more) as process:
            out, err = process.communicate(timeout=60)
            return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def up(self, *arguments: str) -> None:
        done = self.run("up", "--detach", "--embedded", *arguments)
        assert done.returncode == 0, done.stderr

    def facts(self) -> Any:
        return json.loads((self.state / "run/services.json").read_text())

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                environment: Mapping[str, str] = process.environ()
                # A server of ours may have written over both of the others.
                traces: Sequence[str] = [*process.cmdline(), process.cwd()]
            except psutil.Error:
                continue
            is_ours = str(self.state) in (environment.get(MARK), environment.get("IBID_DEV_DIR"))
            if is_ours or any(str(self.state) in trace for trace in traces):
                found.append(process)
        return [one for one in found if one.pid != os.getpid()]

    def calls(self) -> list[str]:
        url = f"postgresql://ibid:ibid@127.0.0.1:{self.ports['POSTGRES']}/ibid"
        with psycopg.connect(url) as connection:
            return [row[0] for row in connection.execute("select command from calls").fetchall()]

    def answers(self, name: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/readyz", timeout=5):
                return True
        except OSError:
            return False


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.run("down")
    assert made.processes() == []


def test_up_starts_all_and_down_stops_all(machine: Machine) -> None:
    machine.up()
    assert all(machine.answers(name) for name in ("API", "WEB", "ORCHESTRATOR"))
    assert machine.calls() == ["migrate", "bootstrap"]
    key = machine.state / "api-key"
    assert key.read_text() == "ibid_1_2\n"
    assert key.stat().st_mode & 0o777 == 0o600
    assert machine.run("down").stdout == "Stopped.\n"
    assert machine.processes() == []


def test_up_twice_changes_nothing(machine: Machine) -> None:
    machine.up()
    before = machine.facts()
    again = machine.run("up", "--detach")
    assert again.returncode == 0
    assert again.stdout.startswith("Ibid is already up.\n")
    assert machine.facts() == before
    assert machine.calls() == ["migrate", "bootstrap"]


def test_two_at_the_same_time_start_one(machine: Machine) -> None:
    with (
        machine.begin("up", "--detach", "--embedded") as one,
        machine.begin("up", "--detach", "--embedded") as other,
    ):
        titles = {process.communicate(timeout=60)[0].splitlines()[0] for process in (one, other)}
    assert titles == {"Ibid is up.", "Ibid is already up."}
    assert machine.calls() == ["migrate", "bootstrap"]


def test_the_data_and_the_key_outlive_down_but_not_wipe(machine: Machine) -> None:
    machine.up()
    machine.run("down")
    machine.up()
    assert machine.calls() == ["migrate", "bootstrap"]
    assert machine.run("down", "--wipe").returncode == 0
    assert list(machine.state.iterdir()) == []
    machine.up()
    assert machine.calls() == ["migrate", "bootstrap"]


def test_down_without_up_is_harmless(machine: Machine) -> None:
    for arguments in ([], ["--wipe"]):
        done = machine.run("down", *arguments)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_demo_uses_the_key(machine: Machine) -> None:
    done = machine.run("up", "--detach", "--embedded", "--demo")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert any("upload" in line and line.endswith("ibid_1_2") for line in lines)
    assert any("search" in line and line.endswith("ibid_1_2") for line in lines)


@pytest.mark.parametrize("name", ["API", "POSTGRES", "REDIS"])
def test_a_busy_port_is_one_line_and_nothing_runs(machine: Machine, name: str) -> None:
    with socket.create_server(("127.0.0.1", machine.ports[name])):
        done = machine.run("up", "--detach", "--embedded")
        assert machine.processes() == []
    assert done.returncode == 1
    problem = done.stderr.splitlines()[-1]
    assert problem.startswith(f"dev-up: port {machine.ports[name]}, which ")
    assert f"(pid {os.getpid()})" in problem


@pytest.mark.parametrize("name", ["api", "web"])
def test_a_service_that_fails_is_one_line_and_nothing_runs(machine: Machine, name: str) -> None:
    done = machine.run("up", "--detach", "--embedded", FAKE_BROKEN=name)
    assert machine.processes() == []
    assert done.returncode == 1
    problem = done.stderr.splitlines()[-1]
    assert problem.startswith(f"dev-up: {name} did not start: ibid: IBID_REDIS_URL: not set")


@pytest.mark.parametrize("command", ["migrate", "bootstrap"])
def test_a_command_that_fails_is_one_line_and_nothing_runs(machine: Machine, command: str) -> None:
    done = machine.run("up", "--detach", "--embedded", FAKE_BROKEN=command)
    assert machine.processes() == []
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"dev-up: ibid {command} failed: ibid: no luck"


def test_a_demo_that_fails_ends_what_this_call_has_started(machine: Machine) -> None:
    done = machine.run("up", "--detach", "--embedded", "--demo", FAKE_BROKEN="upload")
    assert machine.processes() == []
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("dev-up: the demo failed: ")


def test_a_killed_supervisor_takes_its_children_along(machine: Machine) -> None:
    machine.up()
    os.kill(machine.facts()["supervisor"], signal.SIGKILL)
    _eventually(lambda: machine.processes() == [])


def test_after_a_killed_supervisor_up_works_again(machine: Machine) -> None:
    machine.up()
    os.kill(machine.facts()["supervisor"], signal.SIGKILL)
    machine.up()
    assert machine.calls() == ["migrate", "bootstrap"]


def test_a_killed_service_is_started_again(machine: Machine) -> None:
    machine.up()
    pid = machine.facts()["orchestrator"]["pid"]
    os.kill(pid, signal.SIGKILL)
    _eventually(lambda: machine.facts()["orchestrator"]["pid"] != pid)
    _eventually(lambda: machine.answers("ORCHESTRATOR"))


def test_a_killed_redis_is_started_again(machine: Machine) -> None:
    machine.up()
    valkey = next(one for one in machine.processes() if one.name() == "valkey-server")
    valkey.kill()
    _eventually(
        lambda: any(
            one.name() == "valkey-server" and one.pid != valkey.pid for one in machine.processes()
        )
    )


def test_in_the_foreground_ctrl_c_stops_it_all(machine: Machine) -> None:
    with machine.begin("up", "--embedded") as front:
        assert front.stdout is not None
        for line in front.stdout:
            if line.startswith("Ctrl-C"):
                break
        assert machine.answers("API")
        front.send_signal(signal.SIGINT)
        assert front.wait(timeout=30) == 0
    assert machine.processes() == []


def test_in_the_foreground_it_ends_with_its_front(machine: Machine) -> None:
    with machine.begin("up", "--embedded") as front:
        assert front.stdout is not None
        for line in front.stdout:
            if line.startswith("Ctrl-C"):
                break
        front.kill()
    _eventually(lambda: machine.processes() == [])


def test_an_interrupted_start_leaves_nothing(machine: Machine) -> None:
    with machine.begin("up", "--detach", "--embedded") as front:
        assert front.stderr is not None
        front.stderr.readline()
        front.send_signal(signal.SIGTERM)
        assert front.wait(timeout=30) == 130
    assert machine.processes() == []


def test_a_wrong_port_is_named(machine: Machine) -> None:
    done = machine.run("up", IBID_DEV_API_PORT="http")
    assert done.returncode == 1
    assert done.stderr == "dev-up: IBID_DEV_API_PORT is 'http', not a port from 1 to 65535\n"


def _eventually(claim: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.05)

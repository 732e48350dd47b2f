"""A workflow reaches its cluster with tokens that live for minutes."""

import json
import stat
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from deploy.machine import Machine

_SERVER = {
    "IBID_CLUSTER_SERVER": "https://cluster.example:6443",
    "IBID_CLUSTER_CA": "Q0E=",
    "IBID_CLUSTER_AUDIENCE": "ibid-production",
}


class _Github(BaseHTTPRequestHandler):
    """Answers as GitHub's service of tokens does."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == "Bearer of-the-job"
        audience = parse_qs(urlsplit(self.path).query).get("audience", [""])[0]
        self.send_response(200 if allowed else 401)
        self.end_headers()
        self.wfile.write(json.dumps({"count": 1, "value": f"header.for-{audience}.sig"}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def github() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Github)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/token?api-version=2.0"
    server.shutdown()
    thread.join()
    server.server_close()


def token(machine: Machine, url: str, secret: str = "of-the-job") -> tuple[int, str, str]:
    result = machine.run(
        "cluster-token.sh",
        "ibid-production",
        ACTIONS_ID_TOKEN_REQUEST_URL=url,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=secret,
        NO_PROXY="127.0.0.1",
    )
    return result.returncode, result.stdout, result.stderr


def test_kubectl_is_handed_a_token_for_the_cluster_only(machine: Machine, github: str) -> None:
    status, printed, said = token(machine, github)
    assert status == 0, said
    credential = json.loads(printed)
    assert credential["kind"] == "ExecCredential"
    assert credential["status"]["token"] == "header.for-ibid-production.sig"
    assert credential["status"]["expirationTimestamp"].endswith("Z")


def test_a_job_that_may_not_have_a_token_is_told_so(machine: Machine, github: str) -> None:
    status, printed, _ = token(machine, github, secret="another")
    assert (status, printed) == (22, "")
    result = machine.run("cluster-token.sh", "ibid-production")
    assert "id-token: write" in result.stderr


def test_the_kubeconfig_holds_no_secret_and_asks_for_tokens(machine: Machine) -> None:
    path = machine.home / ".kube/config"
    result = machine.run("kubeconfig.sh", KUBECONFIG=str(path), **_SERVER)
    assert result.returncode == 0, result.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    config = yaml.safe_load(path.read_text())
    [user] = config["users"]
    assert user["user"]["exec"]["command"] == str(machine.home / "scripts/deploy/cluster-token.sh")
    assert user["user"]["exec"]["args"] == ["ibid-production"]
    [cluster] = config["clusters"]
    assert cluster["cluster"]["server"] == _SERVER["IBID_CLUSTER_SERVER"]


def test_a_whole_kubeconfig_is_taken_where_the_cluster_trusts_no_tokens(machine: Machine) -> None:
    path = machine.home / "config"
    machine.run("kubeconfig.sh", KUBECONFIG=str(path), IBID_KUBECONFIG="kind: Config")
    assert path.read_text() == "kind: Config\n"


def test_all_that_is_missing_is_named_at_once(machine: Machine) -> None:
    result = machine.run("kubeconfig.sh", KUBECONFIG=str(machine.home / "config"))
    assert result.returncode == 1
    for name in _SERVER:
        assert name in result.stderr

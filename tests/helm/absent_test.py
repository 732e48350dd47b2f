"""What values name must be in the cluster: every gap is told at once, before anything changes."""

import subprocess

import pytest

from helm.cluster import cluster
from helm.helm_tools import find
from helm.rendering import CHART, CLUSTER
from libs.accounts import new_key

_URL = "postgresql://a:b@db.example:5432/c"
_WHOLE = {
    "db": {"url": _URL, "migration-url": _URL, "backup-url": _URL}
    | {"owner-password": "x", "backup-password": "y"},
    "queue": {"url": "rediss://:a@cache.example", "password": "a", "auth.conf": "requirepass a\n"},
    "key": {"api-key": new_key().token + "\n"},
    "admin": {"password": "x"},
    "endpoint": {"api-key": "x"},
    "edge": {
        "tls.crt": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
        "tls.key": "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n",
    },
    "pull": {},
}
_NAMED = (
    "global.database.existingSecret=db",
    "global.redis.existingSecret=queue",
    "global.imagePullSecrets={pull}",
    "bootstrap.existingSecret=key",
    "monitoring.enabled=true",
    "monitoring.grafana.admin.existingSecret=admin",
    "backup.enabled=true",
    "backup.storage.existingClaim=dumps",
    "postgres.storage.existingClaim=data",
    "global.models.existingSecret=endpoint",
    "global.models.existingClaim=models",
    "ingress.enabled=true",
    "ingress.host=ibid.example",
    "ingress.tlsSecret=edge",
    "global.networkPolicy.edgeFrom[0].namespaceSelector.matchLabels.name=edge",
)
_CLAIMS = ("dumps", "data", "models")


def _render(
    *settings: str, secrets: dict[str, dict[str, str]], claims: tuple[str, ...] = _CLAIMS
) -> list[str]:
    """Return what is wrong, one line each."""
    with cluster(secrets, claims) as address:
        command = [find("helm"), "template", "ibid", str(CHART), "--namespace=ibid"]
        command += ["--kube-version=1.34.0", "--dry-run=server", f"--kube-apiserver={address}"]
        command += [f"--api-versions={','.join(CLUSTER)}"]
        command += [part for setting in settings for part in ("--set", setting)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    problems = [line for line in done.stderr.splitlines() if line.startswith("- ")]
    assert (done.returncode == 0) == (not problems), done.stderr
    return problems


def test_what_is_there_is_taken() -> None:
    assert _render(*_NAMED, secrets=_WHOLE) == []


def test_everything_that_is_missing_is_told_at_once() -> None:
    said = _render(*_NAMED, secrets={}, claims=())
    assert len(said) == 10
    for line in (
        '"db" in the namespace "ibid"; it must have the keys backup-password, backup-url,'
        " migration-url, owner-password, url",
        '"queue" in the namespace "ibid"; it must have the keys auth.conf, password, url',
        '"key" in the namespace "ibid"; it must have the keys api-key',
        '"admin" in the namespace "ibid"; it must have the keys password',
        '"endpoint" in the namespace "ibid"; it must have the keys api-key',
        '"edge" in the namespace "ibid"; it must have the keys tls.crt, tls.key',
        '"pull" in the namespace "ibid", which global.imagePullSecrets names',
    ):
        assert f"- there is no Secret {line}" in said
    for claim, value in (
        ("data", "postgres.storage"),
        ("dumps", "backup.storage"),
        ("models", "global.models"),
    ):
        assert (
            f'- there is no PersistentVolumeClaim "{claim}" in the namespace "ibid",'
            f" which {value}.existingClaim names" in said
        )


@pytest.mark.parametrize(
    ("secret", "key"), [(name, key) for name, data in _WHOLE.items() for key in data]
)
def test_a_key_that_is_missing_is_told(secret: str, key: str) -> None:
    data = {name: text for name, text in _WHOLE[secret].items() if name != key}
    said = _render(*_NAMED, secrets=_WHOLE | {secret: data})
    assert said == [f'- the Secret "{secret}" has no key "{key}"']


@pytest.mark.parametrize(
    ("secret", "key", "content", "wanted"),
    [
        ("db", "url", "db.example", "a URL such as postgresql://user:password@host:5432/database"),
        ("db", "migration-url", "", "a URL such as postgresql://"),
        ("db", "owner-password", "\n", "a password"),
        ("queue", "url", "http://cache", "a URL such as redis://:password@host:6379/0"),
        ("queue", "auth.conf", "secret", "the line: requirepass PASSWORD"),
        ("key", "api-key", "ibid_1_2", "an API key: ibid_, 32 hex digits, _, 64 hex digits"),
        ("admin", "password", "", "a password"),
        ("endpoint", "api-key", "\n", "the key of the models' endpoint"),
        ("edge", "tls.crt", "MA==", "a certificate in PEM"),
        ("edge", "tls.key", "-----BEGIN CERTIFICATE-----", "a private key in PEM"),
    ],
)
def test_what_no_key_can_hold_is_told_and_not_shown(
    secret: str, key: str, content: str, wanted: str
) -> None:
    [said] = _render(*_NAMED, secrets=_WHOLE | {secret: _WHOLE[secret] | {key: content}})
    assert said.startswith(f'- the key "{key}" of the Secret "{secret}" must hold {wanted}')


@pytest.mark.parametrize(
    ("settings", "unread"),
    [
        (("monitoring.enabled=false",), {"admin"}),
        (("monitoring.grafana.enabled=false",), {"admin"}),
        (("bootstrap.enabled=false", "test.enabled=false"), {"key"}),
        (("ingress.enabled=false",), {"edge"}),
        # cert-manager makes it when it sees the Ingress
        ((r"ingress.annotations.cert-manager\.io/cluster-issuer=ca",), {"edge"}),
    ],
)
def test_what_nothing_reads_is_not_missed(settings: tuple[str, ...], unread: set[str]) -> None:
    there = {name: data for name, data in _WHOLE.items() if name not in unread}
    assert _render(*_NAMED, *settings, secrets=there) == []

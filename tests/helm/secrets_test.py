"""Credentials: made once where a cluster can be asked, never in a place that others read."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from helm.rendering import CHART, CLUSTER, FULL, MANAGED, objects, of_kind, one, text
from libs.accounts.tokens import parse_token
from libs.settings.values import DatabaseUrl, RedisUrl


def _data(name: str) -> dict[str, str]:
    data: dict[str, Any] = one("Secret", name, apis=CLUSTER)["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def test_without_a_cluster_nothing_random_is_made() -> None:
    assert of_kind("Secret") == {}


@pytest.mark.parametrize("name", ["ibid-database", "ibid-redis", "ibid-owner-key"])
def test_a_secret_outlives_the_release(name: str) -> None:
    annotations = one("Secret", name, apis=CLUSTER)["metadata"]["annotations"]
    assert annotations["helm.sh/resource-policy"] == "keep"


def test_the_urls_hold_the_passwords_and_lead_to_the_server() -> None:
    data = _data("ibid-database")
    for key, user, password in (
        ("url", "ibid_service", "app-password"),
        ("migration-url", "ibid", "owner-password"),
        ("backup-url", "ibid_backup", "backup-password"),
    ):
        url = urlsplit(DatabaseUrl(data[key]))
        assert (url.username, url.password) == (user, data[password])
        assert (url.hostname, url.port, url.path) == ("ibid-postgres", 5432, "/ibid")


def test_the_three_passwords_differ_and_are_long() -> None:
    data = _data("ibid-database")
    passwords = {value for key, value in data.items() if key.endswith("-password")}
    assert len(passwords) == 3
    assert all(re.fullmatch("[A-Za-z0-9]{40}", password) for password in passwords)


def test_redis_and_its_clients_have_one_password() -> None:
    data = _data("ibid-redis")
    assert urlsplit(RedisUrl(data["url"])).password == data["password"]
    assert data["auth.conf"] == f"requirepass {data['password']}\n"


def test_the_owner_s_key_is_one_that_the_code_takes() -> None:
    assert parse_token(_data("ibid-owner-key")["api-key"])


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (("global.database.existingSecret=a",), {"ibid-redis", "ibid-owner-key"}),
        (("global.redis.existingSecret=a",), {"ibid-database", "ibid-owner-key"}),
        (("bootstrap.existingSecret=a",), {"ibid-database", "ibid-redis"}),
        (("bootstrap.enabled=false", "test.enabled=false"), {"ibid-database", "ibid-redis"}),
    ],
)
def test_no_secret_is_made_in_place_of_one_that_is_named(
    settings: tuple[str, ...], left: set[str]
) -> None:
    # without a cluster the named one cannot be missed, so only the references show
    rendered = text(*settings)
    named = {"ibid-database", "ibid-redis", "ibid-owner-key"} - left
    for name in named:
        assert f"secretName: {name}\n" not in rendered
        assert f"name: {name}\n" not in re.sub(
            r"(?s)kind: (ConfigMap|Service).*?\n---", "", rendered
        ) or (name == "ibid-redis")


@pytest.mark.parametrize(
    "settings",
    [
        ("global.database.keys.url=dsn", "global.database.existingSecret=mine"),
        ("global.redis.keys.url=dsn", "global.redis.existingSecret=mine"),
    ],
)
def test_the_keys_of_a_secret_have_the_names_that_are_given(settings: tuple[str, ...]) -> None:
    api = one("Deployment", "ibid-api", *settings)["spec"]["template"]["spec"]
    [volume] = [volume for volume in api["volumes"] if volume["name"] == "secrets"]
    found = [
        source["secret"]
        for source in volume["projected"]["sources"]
        if source["secret"]["name"] == "mine"
    ]
    assert found[0]["items"][0]["key"] == "dsn"


@pytest.mark.parametrize("settings", [FULL, MANAGED], ids=["full", "managed"])
def test_no_service_has_the_owner_s_credentials(settings: tuple[str, ...]) -> None:
    for found in objects(*settings):
        if found["kind"] == "Deployment" and "ibid-" in found["metadata"]["name"]:
            assert "migration-url" not in str(found)
            assert "backup-url" not in str(found)


def test_every_value_that_names_a_secret_is_documented() -> None:
    page = Path("docs/deployment.md").read_text("utf-8")
    table = page.partition("\n## Secrets\n")[2].partition("\n## ")[0]
    charts = {"": CHART, **{f"{path.name}.": path for path in CHART.glob("charts/*")}}
    named = {
        f"{prefix}{value}"
        for prefix, chart in charts.items()
        for value in _paths(yaml.safe_load((chart / "values.yaml").read_text("utf-8")))
        if value.endswith(("existingSecret", "tlsSecret", "imagePullSecrets"))
    }
    assert len(named) == 7
    assert {value for value in named if f"`{value}`" not in table} == set()


def _paths(values: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in values.items():
        yield f"{above}{name}"
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{name}.")


def test_no_config_map_holds_a_password() -> None:
    # a cluster that is empty: a certificate that is named would be missed
    for found in objects(*FULL, "ingress.tlsSecret=", apis=CLUSTER):
        if found["kind"] == "ConfigMap":
            assert "postgresql://" not in str(found["data"])
            assert not re.search(r"requirepass \S", str(found["data"]))

from pathlib import Path

import pytest

from libs.settings import (
    ApiSettings,
    CliSettings,
    OrchestratorSettings,
    SettingsError,
    WebSettings,
    load,
    read_or_exit,
)

_URLS = {
    "IBID_DATABASE_URL": "postgresql://app:s3cret@db:5432/ibid",
    "IBID_REDIS_URL": "redis://redis:6379/0",
}


def test_the_urls_are_all_that_a_service_must_be_told() -> None:
    settings = load(ApiSettings, _URLS)
    assert settings.database_url == _URLS["IBID_DATABASE_URL"]
    assert (settings.api_host, settings.api_port) == ("127.0.0.1", 3001)
    assert load(OrchestratorSettings, _URLS).lease_seconds == 30


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(ApiSettings, {"IBID_API_PORT": "high", "IBID_LOG_LEVEL": "loud"})
    variables = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert variables == [
        "IBID_LOG_LEVEL",
        "IBID_DATABASE_URL",
        "IBID_REDIS_URL",
        "IBID_API_PORT",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IBID_API_PORT", "hunter2"),
        ("IBID_LOG_LEVEL", "hunter2"),
        ("IBID_DATABASE_URL", "mysql://app:hunter2@db/ibid"),
        ("IBID_REDIS_URL", "redis://:hunter2@redis:port"),
        ("IBID_OTLP_ENDPOINT", "http://[hunter2"),
    ],
)
def test_a_problem_never_shows_the_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(ApiSettings, {**_URLS, name: value})
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).startswith(f"{name}: ")


def test_secrets_hide_in_the_repr() -> None:
    assert "s3cret" not in repr(load(ApiSettings, _URLS))


def test_an_empty_variable_counts_as_unset() -> None:
    assert load(WebSettings, {"IBID_WEB_PORT": "", "IBID_DRAIN_FILE": ""}).web_port == 3000


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("ibid_1_2\n", "utf-8")
    assert load(CliSettings, {"IBID_API_KEY_FILE": str(file)}).api_key == "ibid_1_2"


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    environ = {"IBID_API_KEY": "a", "IBID_API_KEY_FILE": str(tmp_path / "key")}
    with pytest.raises(SettingsError, match="both set"):
        load(CliSettings, environ)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b" \n", "is empty"), (b"\xff", "not text"), (None, "No such file")],
)
def test_a_file_without_a_secret_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=reason):
        load(CliSettings, {"IBID_API_KEY_FILE": str(file)})


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("localhost:5432", "the scheme must be postgresql or postgres"),
        ("postgresql:///ibid", "the host is missing"),
        ("postgresql://a@:5432/ibid", "the host is missing"),
        ("postgresql://a@db:x/ibid", "the port must be a number"),
        ("postgresql://a@one:5432,two:0/ibid", "the port must be a number"),
    ],
)
def test_a_wrong_database_url_is_explained(url: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=f"IBID_DATABASE_URL: {problem}"):
        load(ApiSettings, {**_URLS, "IBID_DATABASE_URL": url})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db",
        "postgres://a:b@[::1]:5432/ibid?sslmode=require",
        "postgresql://one:5432,two:5433/ibid",
        "postgresql:///ibid?host=/var/run/postgresql",
    ],
)
def test_every_form_of_database_url_is_taken(url: str) -> None:
    assert load(ApiSettings, {**_URLS, "IBID_DATABASE_URL": url}).database_url == url


def test_a_url_loses_its_last_slash() -> None:
    assert load(WebSettings, {"IBID_API_URL": "https://api/ibid/"}).api_url == "https://api/ibid"


def test_the_service_links_of_kubernetes_are_named() -> None:
    with pytest.raises(SettingsError, match="enableServiceLinks"):
        load(ApiSettings, {**_URLS, "IBID_API_PORT": "tcp://10.0.0.1:80"})


def test_a_process_with_wrong_settings_exits_with_one_line_a_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IBID_WEB_PORT", "0")
    with pytest.raises(SystemExit) as caught:
        read_or_exit(WebSettings)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error == "ibid: IBID_WEB_PORT: expected a whole number from 1 to 65535\n"

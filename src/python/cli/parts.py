"""What the commands are given, so that tests can give something else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cli.failures import ExitCode, Failure
from ibid_client import AsyncClient, Client, RetryPolicy
from libs.settings import CliSettings, load

_PATIENT = RetryPolicy(broken=(0, 1, 2, 4, 8))
"""Outlasts the restart of an API in the middle of an upload."""


def _patient_client(url: str, key: str) -> AsyncClient:
    return AsyncClient(url, key, retries=_PATIENT)


@dataclass(frozen=True, slots=True)
class Parts:
    """The environment, and how to reach an API under its address with a key."""

    environ: Mapping[str, str]
    client: Callable[[str, str], Client] = Client
    async_client: Callable[[str, str], AsyncClient] = _patient_client

    def settings(self) -> CliSettings:
        """Raises SettingsError."""
        return load(CliSettings, self.environ)

    def connect(self, settings: CliSettings) -> Client:
        return self.client(settings.api_url, _key(settings))

    def connect_async(self, settings: CliSettings) -> AsyncClient:
        return self.async_client(settings.api_url, _key(settings))


def _key(settings: CliSettings) -> str:
    if settings.api_key is None:
        raise Failure("IBID_API_KEY: not set, and neither is IBID_API_KEY_FILE", ExitCode.USAGE)
    if not settings.api_key.isascii() or not settings.api_key.isprintable():
        raise Failure("IBID_API_KEY: this is no API key", ExitCode.USAGE)
    return settings.api_key

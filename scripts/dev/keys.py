"""The owner's API key in the state folder: one for each database that it may stand for."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from dev.config import Config, Mode


def has_key(config: Config, mode: Mode) -> bool:
    """Return whether the database of ``mode`` has been set up, by all that the folder tells."""
    return _kept(config, mode).exists()


def keep_key(config: Config, mode: Mode, cli: Callable[..., str]) -> None:
    """Put the key for this database into ``api-key``; make workspace and key the first time."""
    kept = _kept(config, mode)
    if not kept.exists():
        answer = json.loads(cli("bootstrap", "--json"))
        _write(kept, answer["api_key"])
    _write(config.api_key, kept.read_text().strip())


def is_refused(config: Config) -> bool:
    """Return whether the API does not know the key, because its database is another one by now."""
    key = config.api_key.read_text().strip()
    request = urllib.request.Request(
        f"{config.api_url}/v1/collections?limit=1", headers={"Authorization": f"Bearer {key}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10):
            return False
    except urllib.error.HTTPError as error:
        with error:
            return error.code == HTTPStatus.UNAUTHORIZED


def renew_key(config: Config, mode: Mode, cli: Callable[..., str]) -> None:
    """Make a workspace and a key anew."""
    _kept(config, mode).unlink(missing_ok=True)
    keep_key(config, mode, cli)


def _kept(config: Config, mode: Mode) -> Path:
    return config.data / f"api-key-{mode}"


def _write(path: Path, key: str) -> None:
    """Replace the file in one step; only the owner may read it at any time."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
    new.replace(path)

"""Whether the owner's API key in the state folder is one that the API knows."""

import urllib.error
import urllib.request
from http import HTTPStatus

from dev.config import Config


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

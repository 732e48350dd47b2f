"""What Ibid reads from the environment, once, at the start of each process.

A service asks for its struct in ``__main__`` and passes the values on; no library reads the
environment. ``docs/configuration.md`` lists every variable and is generated from the structs.
"""

from libs.settings.loading import SettingsError, load, read_or_exit
from libs.settings.structs import (
    ApiSettings,
    CliSettings,
    OrchestratorSettings,
    WebSettings,
)

__all__ = [
    "ApiSettings",
    "CliSettings",
    "OrchestratorSettings",
    "SettingsError",
    "WebSettings",
    "load",
    "read_or_exit",
]

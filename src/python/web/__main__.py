"""``python -m web`` serves the dashboard."""

import math
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import Interfaces

from libs.settings import WebSettings, read_or_exit
from libs.telemetry import log_config


def main() -> None:
    settings = read_or_exit(WebSettings)
    server = Granian(
        "web.app",
        address=settings.web_host,
        port=settings.web_port,
        interface=Interfaces.ASGI,
        workers=1,
        log_dictconfig=log_config("web", settings.log_level),
        workers_kill_timeout=math.ceil(settings.shutdown_seconds),
    )
    server.serve(target_loader=partial(_load, settings), wrap_loader=False)


def _load(settings: WebSettings) -> Any:
    # Here and not above: the process that watches over the worker needs no Streamlit.
    from web.app import create_app

    return create_app(settings)


if __name__ == "__main__":
    main()

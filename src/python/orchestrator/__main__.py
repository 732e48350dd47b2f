"""``python -m orchestrator``: run jobs until told to stop."""

import asyncio
import logging
import os
import sys

from libs.embedding import UnknownModel
from libs.settings import OrchestratorSettings, read_or_exit
from libs.telemetry import configure_logging
from orchestrator.service import run
from orchestrator.tools import load_tools


def main() -> None:
    settings = read_or_exit(OrchestratorSettings)
    configure_logging("orchestrator", settings.log_level)
    try:
        asyncio.Runner().run(run(settings, load_tools(settings)))
    except (OSError, UnknownModel) as error:
        print(f"ibid: orchestrator: {error}", file=sys.stderr)
        sys.exit(1)
    logging.shutdown()
    # A thread may still be splitting a long document; its job is handed back, so nobody waits.
    os._exit(0)


if __name__ == "__main__":
    main()

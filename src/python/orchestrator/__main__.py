"""``python -m orchestrator``: run jobs until told to stop."""

import asyncio
import logging
import os
import sys

import structlog

from libs.embedding import BadEndpoint, BadModelFolder, UnknownModel
from libs.settings import OrchestratorSettings, read_or_exit
from libs.telemetry import configure_logging
from orchestrator.service import run
from orchestrator.tools import open_tools


def main() -> int:
    settings = read_or_exit(OrchestratorSettings)
    configure_logging("orchestrator", settings.log_level)
    try:
        asyncio.Runner().run(run(settings, open_tools(settings)))
    except (OSError, BadEndpoint, BadModelFolder, UnknownModel) as error:
        print(f"ibid: the orchestrator cannot start: {error}", file=sys.stderr)
        return 1
    except Exception:
        structlog.get_logger(__name__).exception("orchestrator.crashed")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stderr.flush()
    # A thread may still be splitting a long document; its job is handed back, so nobody waits.
    os._exit(code)

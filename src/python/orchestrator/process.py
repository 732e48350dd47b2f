"""The process: it runs jobs, and says what kept it from that."""

import asyncio
import sys

import structlog

from libs.embedding import BadEndpoint, BadModelFolder, UnknownModel
from libs.settings import OrchestratorSettings
from libs.telemetry import configure_logging
from orchestrator.service import run
from orchestrator.tools import open_tools


def work(settings: OrchestratorSettings) -> int:
    """Run jobs until told to stop; return the exit code."""
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

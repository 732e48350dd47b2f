"""``python -m orchestrator``: run jobs until told to stop."""

import logging
import os
import sys

from libs.pacing import paced
from libs.settings import OrchestratorSettings, read_or_exit


def main() -> int:
    settings = read_or_exit(OrchestratorSettings)
    with paced(settings.startup_percent, settings.startup_delay_seconds):
        from orchestrator.process import work
    return work(settings)


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stderr.flush()
    # A thread may still be splitting a long document; its job is handed back, so nobody waits.
    os._exit(code)

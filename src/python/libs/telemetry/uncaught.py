"""What the interpreter would print on stderr by itself, as log lines without the messages.

Its own reports are many lines of text, and quote the values that an exception choked on.
"""

import logging
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # as in the standard library's stubs, there is no such name at run time
    from sys import UnraisableHookArgs

_logger = logging.getLogger(__name__)


def log_uncaught() -> None:
    """Route warnings, and exceptions that no code caught, to the loggers. Safe to repeat.

    Hooks that somebody else has set, such as a test runner, stay.
    """
    logging.captureWarnings(True)
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _log_ended
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _log_unraisable
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _log_thread


def _log_ended(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    # ended by hand, which is no fault
    if not issubclass(kind, KeyboardInterrupt):
        _logger.critical("process.crashed", exc_info=(kind, error, trace))


def _log_unraisable(what: "UnraisableHookArgs") -> None:
    """Called where an exception cannot go on, as in ``__del__``."""
    if what.exc_value is not None:
        where = getattr(what.object, "__qualname__", type(what.object).__qualname__)
        _logger.error("exception.ignored", exc_info=what.exc_value, extra={"where": where})


def _log_thread(what: threading.ExceptHookArgs) -> None:
    if what.exc_value is not None and not isinstance(what.exc_value, SystemExit):
        name = what.thread.name if what.thread else None
        _logger.error("thread.crashed", exc_info=what.exc_value, extra={"thread_name": name})

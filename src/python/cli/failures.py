"""What a command says when it cannot do its work: one line on stderr, and an exit code."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer

from cli.text import printable
from ibid_client import (
    ConnectionFailed,
    Denied,
    ProblemError,
    Unavailable,
    UnexpectedAnswer,
)
from libs.settings import SettingsError


class ExitCode(IntEnum):
    """Stable, for scripts; ``docs/cli.md`` lists them."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    DENIED = 4
    INTERRUPTED = 130


class Failure(Exception):
    """The command ends with this message and exit code."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def reported() -> Iterator[None]:
    """Turn whatever goes wrong into lines on stderr and an exit code; never a traceback."""
    try:
        yield
    except typer.Exit:
        raise
    except BrokenPipeError:
        # the reader, such as `head`, has seen enough; Python must not flush into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.FAILED) from None
    except (Exception, KeyboardInterrupt) as error:
        first = _first(error)
        for line in _message(first).splitlines():
            print(f"ibid: {printable(line)}", file=sys.stderr)
        raise typer.Exit(_code(first)) from None


def _first(error: BaseException) -> BaseException:
    """Return the error that ended requests which were sent side by side."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _code(error: BaseException) -> ExitCode:
    match error:
        case Failure():
            return error.code
        case SettingsError():
            return ExitCode.USAGE
        case ConnectionFailed() | UnexpectedAnswer() | Unavailable():
            return ExitCode.UNREACHABLE
        case Denied():
            return ExitCode.DENIED
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED
        case _:
            return ExitCode.FAILED


def _message(error: BaseException) -> str:
    match error:
        case ProblemError() if error.problem.trace_id:
            return f"{error} (trace {error.problem.trace_id})"
        case Failure() | SettingsError() | ConnectionFailed() | UnexpectedAnswer() | ProblemError():
            return str(error)
        case KeyboardInterrupt():
            return "interrupted"
        case _:
            reason = str(error).partition("\n")[0]
            return f"{type(error).__name__}: {reason}" if reason else type(error).__name__

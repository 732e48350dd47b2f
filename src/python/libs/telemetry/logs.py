"""Logs: one JSON object a line on stdout, from structlog and from the standard library alike."""

import json
import logging
import logging.config
import sys
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from libs.telemetry.redaction import describe_exception, redact
from libs.telemetry.tracing import current_ids
from libs.telemetry.uncaught import log_uncaught

# Their every message or request is a line at INFO.
_NOISY = ("arq", "httpx", "httpcore", "granian.access", "opentelemetry")


def configure_logging(service: str, level: str) -> None:
    """Route every logger, and what no code caught, to stdout as JSON. Safe to repeat.

    Call it when the frameworks are imported: handlers that they gave their loggers are taken away.
    """
    structlog.configure(
        processors=[*_common(service), *_WRITING],
        logger_factory=_Stdout,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(log_config(service, level))
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    log_uncaught()


def log_config(service: str, level: str) -> dict[str, Any]:
    """The same as a ``logging.config`` dictionary, for servers that want one, such as granian."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": json_formatter, "service": service}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
            }
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in _NOISY}
        | {"_granian": {"level": level, "propagate": True}},
    }


def json_formatter(service: str) -> logging.Formatter:
    return ProcessorFormatter(
        foreign_pre_chain=[*_common(service), structlog.stdlib.ExtraAdder()],
        processors=[ProcessorFormatter.remove_processors_meta, *_WRITING],
    )


class _Stdout:
    """Where structlog's lines go: by way of the standard library's loggers, which make a record of
    each and look for its caller, a line takes several times as long.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name

    def write(self, line: str) -> None:
        # a full disk is no reason for a request to fail; the standard library's do the same
        with suppress(OSError, ValueError):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    debug = info = warning = error = critical = write


def _common(service: str) -> list[Processor]:
    def identify(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        event.update(current_ids())
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        identify,
    ]


def _encode(event: EventDict, **_: object) -> str:
    try:
        # with spaces, by which people look for '"level": "error"'
        return msgspec.json.format(_ENCODER.encode(event), indent=0).decode()
    except (UnicodeEncodeError, OverflowError):  # no UTF-8, or over 64 bits
        return json.dumps(event, default=str)


_ENCODER = msgspec.json.Encoder(enc_hook=str)

_WRITING: list[Processor] = [
    describe_exception,
    redact,
    structlog.processors.JSONRenderer(serializer=_encode),
]

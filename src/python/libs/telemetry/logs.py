"""Logs: one JSON object a line on stdout, from structlog and from the standard library alike."""

import json
import logging
import logging.config
from typing import Any

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
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(service),
            structlog.stdlib.PositionalArgumentsFormatter(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
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
        processors=[
            ProcessorFormatter.remove_processors_meta,
            describe_exception,
            redact,
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
    )


def _common(service: str) -> list[Processor]:
    def identify(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {**event, "service": service, **current_ids()}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        identify,
    ]


def _encode(event: EventDict, **_: object) -> str:
    # escaped, as a lone surrogate has no UTF-8
    return json.dumps(event, default=str)

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from libs.telemetry import configure_logging, span

TEXT = "the merger is called off"
KEY = "ibid_0197_s3cr3tsecret"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_both_kinds_of_logger_write_the_same_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("api", "INFO")
    structlog.get_logger("libs.x").info("job.done", job_id="7")
    logging.getLogger("libs.x").info("job.done", extra={"job_id": "7"})
    written = capsys.readouterr().out
    assert written.count('"level": "info"') == 2
    mine, theirs = map(json.loads, written.splitlines())
    assert mine.pop("timestamp") <= theirs.pop("timestamp")
    assert mine == theirs
    assert mine == {
        "event": "job.done",
        "job_id": "7",
        "level": "info",
        "logger": "libs.x",
        "service": "api",
    }


def test_a_line_inside_a_span_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("api", "INFO")
    with span("outer"):
        logging.getLogger("x").info("one")
        with span("inner"):
            logging.getLogger("x").info("two")
    one, two = lines(capsys)
    assert one["trace_id"] == two["trace_id"]
    assert one["span_id"] != two["span_id"]
    assert (len(one["trace_id"]), len(one["span_id"])) == (32, 16)


def test_handlers_of_frameworks_are_taken_over(capsys: pytest.CaptureFixture[str]) -> None:
    theirs = logging.getLogger("a_framework")
    theirs.addHandler(logging.StreamHandler(sys.stdout))
    theirs.propagate = False
    configure_logging("web", "INFO")
    theirs.info("hello")
    assert [line["event"] for line in lines(capsys)] == ["hello"]


def test_the_level_holds(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("api", "WARNING")
    structlog.get_logger("x").info("quiet")
    logging.getLogger("x").info("quiet")
    logging.getLogger("arq.worker").info("quiet")
    logging.getLogger("x").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_a_line_is_one_line_of_json_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("api", "INFO")
    logging.getLogger("x").info("a\nb\x00 %s", "\ud800", extra={"thing": object()})
    structlog.get_logger("x").info("a\nb\x00 \ud800", thing=1 << 80)
    for line in lines(capsys):
        assert line["event"].startswith("a\nb\x00 ")


def test_a_line_that_cannot_be_written_is_lost_and_no_fault() -> None:
    program = """
import logging, os, structlog
os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
structlog.get_logger("x").info("lost")
"""
    done = _run(program)
    assert done.stdout == ""
    assert "lost" not in done.stderr


@pytest.mark.parametrize(
    "fields",
    [
        {"text": TEXT},
        {"query": TEXT},
        {"nested": {"quote": TEXT, "list": [{"title": TEXT}]}},
        {"headers": {"authorization": KEY}},
        {"note": f"key {KEY} was used"},
        {"note": f"Authorization: Bearer {KEY}"},
        {"where": "postgresql://ibid:s3cr3t@db:5432/ibid"},
        {"where": ["redis://:s3cr3t@redis:6379"]},
    ],
)
def test_texts_and_secrets_are_redacted(
    capsys: pytest.CaptureFixture[str], fields: dict[str, object]
) -> None:
    configure_logging("api", "INFO")
    structlog.get_logger("x").info("event", **fields)
    logging.getLogger("x").info("event", extra=fields)
    written = capsys.readouterr().out
    assert written.count("[redacted]") == 2 * (2 if "nested" in fields else 1)
    assert TEXT not in written
    assert "s3cr3t" not in written


def test_an_exception_keeps_its_type_and_place_but_no_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("api", "INFO")
    try:
        try:
            raise ValueError(TEXT)
        except ValueError as error:
            raise RuntimeError(f"row ({TEXT})") from error
    except RuntimeError as error:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("x").exception("failed %r and %s", error, error)
    written = capsys.readouterr().out
    assert TEXT not in written
    for line in map(json.loads, written.splitlines()):
        outer, inner = line["exception"]
        assert (outer["type"], inner["type"]) == ("builtins.RuntimeError", "builtins.ValueError")
        assert "test_an_exception_keeps_its_type" in outer["frames"][0]


_UNCAUGHT = {
    "a task": (
        "asyncio",
        """
import asyncio, gc
async def fail(): raise ValueError(TEXT)
async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    del task
    gc.collect()
asyncio.run(main())
""",
    ),
    "a thread": (
        "libs.telemetry.uncaught",
        """
import threading
def fail(): raise ValueError(TEXT)
threading.Thread(target=fail).start()
""",
    ),
    "a finalizer": (
        "libs.telemetry.uncaught",
        """
class Thing:
    def __del__(self): raise ValueError(TEXT)
Thing()
""",
    ),
    "the program": ("libs.telemetry.uncaught", "raise ValueError(TEXT)"),
}


@pytest.mark.parametrize("raised_by", _UNCAUGHT)
def test_what_nobody_caught_is_a_line_that_does_not_tell_its_message(raised_by: str) -> None:
    logger, program = _UNCAUGHT[raised_by]
    done = _run(f"TEXT = {TEXT!r}\n{program}")
    [line] = map(json.loads, done.stdout.splitlines())
    assert (line["logger"], line["service"]) == (logger, "api")
    assert line["exception"][0]["type"] == "builtins.ValueError"
    assert TEXT not in done.stdout
    assert done.stderr == ""


def test_a_warning_is_a_line() -> None:
    done = _run("import warnings\nwarnings.warn('a setting is old', RuntimeWarning)")
    [line] = map(json.loads, done.stdout.splitlines())
    assert (line["logger"], line["level"]) == ("py.warnings", "warning")
    assert "RuntimeWarning: a setting is old" in line["event"]
    assert done.stderr == ""


def _run(program: str) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own, as the hooks are the interpreter's."""
    beginning = 'from libs.telemetry import configure_logging\nconfigure_logging("api", "INFO")\n'
    return subprocess.run(
        [sys.executable, "-c", beginning + program], capture_output=True, text=True
    )

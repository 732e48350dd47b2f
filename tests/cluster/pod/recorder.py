"""What happened, told as one line of JSON a second."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Second:
    """``answers`` are the good ones; all others are ``failures``, each with its reason."""

    answers: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, str]] = field(default_factory=list)
    search_ms: list[float] = field(default_factory=list)
    clicks: int = 0
    click_failures: list[str] = field(default_factory=list)
    breaks: list[float] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        return {
            "answers": self.answers,
            "failures": self.failures,
            "search_ms": [round(one, 1) for one in self.search_ms],
            "clicks": self.clicks,
            "click_failures": self.click_failures,
            "breaks": [round(one, 2) for one in self.breaks],
        }


class Recorder:
    """Counts what the workers tell it."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._now = Second()

    def answered(self, kind: str, seconds: float) -> None:
        self._now.answers[kind] += 1
        if kind == "search":
            self._now.search_ms.append(seconds * 1000)

    def failed(self, kind: str, why: str) -> None:
        at = time.strftime("%H:%M:%S", time.gmtime())
        self._now.failures.append({"kind": kind, "why": why, "at": at})

    def clicked(self) -> None:
        self._now.clicks += 1

    def click_failed(self, why: str) -> None:
        self._now.click_failures.append(why)

    def resumed(self, seconds: float) -> None:
        """A dashboard's connection broke, and it showed what it should again."""
        self._now.breaks.append(seconds)

    async def run(self) -> None:
        """Write a line a second, until cancelled."""
        due = time.monotonic()
        while True:
            due += 1
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            done, self._now = self._now, Second()
            self._write(json.dumps(done.line(), separators=(",", ":")))

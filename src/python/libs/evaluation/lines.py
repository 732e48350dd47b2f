"""The lines of a judged set's files, plain or gzipped, and what is wrong with them."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from libs.errors import Rejected


class BadJudgedSet(Rejected):
    """The judged set is broken."""

    code = "bad-judged-set"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end. ``number`` is 1-based."""

    path: Path
    number: int
    text: str

    def refuse(self, why: str) -> NoReturn:
        """Raises BadJudgedSet with the place of the line."""
        refuse(self.path, self.number, why)


def refuse(path: Path, number: int, why: str) -> NoReturn:
    """Raises BadJudgedSet with the place, 1-based."""
    raise BadJudgedSet(f"{path}:{number}: {why}")


def find(folder: Path, *names: str) -> Path | None:
    """Return the first of the files that is there, as it is or with ``.gz``."""
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    return None


def read(path: Path) -> Iterator[Line]:
    """Yield the lines that are not blank.

    Raises:
        BadJudgedSet: the file cannot be read, is no gzip or no UTF-8.
    """
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if text.strip():
                    yield Line(path, number, text)
    except UnicodeDecodeError as error:
        raise BadJudgedSet(f"{path}:{number}: this is no UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadJudgedSet(f"{path}:{number + 1}: cannot be read: {reason}") from error

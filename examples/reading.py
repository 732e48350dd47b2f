"""Reads the small Markdown of ``sources/``; ``generate`` says what it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

_ITEM = re.compile(r"(- |\d+\. )")


class Kind(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    SUBHEADING = "subheading"
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    STEP = "step"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    kind: Kind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    title: str
    author: str
    language: str
    written_at: datetime
    blocks: tuple[Block, ...]


def read_source(path: Path) -> Source:
    """Parse one file of ``sources/``. Raises KeyError when its head lacks a field."""
    head, _, body = path.read_text("utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    title = Block(Kind.TITLE, fields["title"])
    return Source(
        name=fields["name"],
        title=title.text,
        author=fields["author"],
        language=fields["language"],
        written_at=datetime.fromisoformat(fields["date"]).replace(tzinfo=UTC),
        blocks=(title, *_blocks(body)),
    )


def _blocks(body: str) -> Iterator[Block]:
    for part in re.split(r"\n{2,}", body.strip()):
        lines = part.splitlines()
        if part.startswith("|"):
            yield Block(Kind.TABLE, rows=_rows(lines))
        elif part.startswith("### "):
            yield Block(Kind.SUBHEADING, part[4:])
        elif part.startswith("## "):
            yield Block(Kind.HEADING, part[3:])
        elif _ITEM.match(part):
            yield from _items(lines)
        else:
            yield Block(Kind.PARAGRAPH, " ".join(lines))


def _rows(lines: list[str]) -> tuple[tuple[str, ...], ...]:
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return (cells[0], *cells[2:])


def _items(lines: list[str]) -> Iterator[Block]:
    """Yield one block an item; a line without a marker continues the item before it."""
    items: list[Block] = []
    for line in lines:
        marker = _ITEM.match(line)
        if marker:
            kind = Kind.BULLET if marker[0] == "- " else Kind.STEP
            items.append(Block(kind, line[marker.end() :]))
        else:
            items[-1] = Block(items[-1].kind, f"{items[-1].text} {line.strip()}")
    yield from items

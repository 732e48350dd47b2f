"""Write what a structured document says as plain text with Markdown's signs for its structure."""

import re

from libs.extraction.canonical import canonical
from libs.extraction.errors import TooLarge

_SPACES = re.compile("[ \t\xa0]+")


class TextWriter:
    """Gathers blocks; ``text()`` gives them parted by blank lines, list items by line ends."""

    def __init__(self, max_characters: int) -> None:
        self._parts: list[str] = []
        self._left = max_characters
        self._in_list = False

    def paragraph(self, content: str) -> None:
        self._block(_tidy(content))

    def heading(self, level: int, content: str) -> None:
        title = " ".join(_tidy(content).split())
        if title:
            self._block(f"{'#' * min(level, 6)} {title}")

    def item(self, content: str, label: str, depth: int) -> None:
        """Add an item of a list; ``label`` is "-" or its number, depth 0 the outermost."""
        if text := _tidy(content):
            indent = "  " * min(depth, 8)
            self._block(f"{indent}{label} " + text.replace("\n", f"\n{indent}  "), is_item=True)

    def table(self, rows: list[list[str]]) -> None:
        lines = [" | ".join(" ".join(cell.split()) for cell in row) for row in rows]
        self._block("\n".join(f"| {line} |" for line in lines if line.strip(" |")))

    def preformatted(self, content: str) -> None:
        if content.strip():
            self._block("```\n" + content.strip("\n") + "\n```")

    def text(self) -> str:
        return canonical("".join(self._parts))

    def _block(self, block: str, *, is_item: bool = False) -> None:
        if not block:
            return
        self._left -= len(block)
        if self._left < 0:
            raise TooLarge
        if self._parts:
            self._parts.append("\n" if is_item and self._in_list else "\n\n")
        self._parts.append(block)
        self._in_list = is_item


def _tidy(content: str) -> str:
    """Return the lines without the spaces around them and with single spaces within."""
    lines = (_SPACES.sub(" ", line).strip() for line in content.split("\n"))
    return "\n".join(lines).strip("\n")

"""Find the headings of a text: by syntax in Markdown, by their looks in plain text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from libs.splitting.limit import Span

_LINE = re.compile(r"\S[^\n]*")
_ATX = re.compile(r"(#{1,6})(?=[ \t]|$)")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_UNDERLINE = re.compile(r"=+[ \t]*$|-{2,}[ \t]*$")
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3})*)\.?\s+[^\W\d_]")
_NAMED = re.compile(r"(?:chapter|part|section|appendix|article|annex|§)\s*[\dIVXLCA-H]+\b", re.I)
_LONGEST = 80
_MOST_WORDS = 12
_TITLE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Heading:
    """A line (in Markdown with its underline) that names what follows. Level 1 is the highest."""

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, from its first visible character on."""

    start: int
    end: int
    text: str
    is_first: bool  # of its paragraph


def lines(text: str, start: int, end: int) -> Iterator[Line]:
    """Yield the lines that are not blank, in time proportional to any text's length."""
    before = None
    for match in _LINE.finditer(text, start, end):
        is_first = before is None or text.count("\n", before, match.start()) > 1
        before = match.end()
        yield Line(match.start(), before, match.group(), is_first)


def paragraphs(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the runs of lines without a blank line between them."""
    first, last = -1, -1
    for line in lines(text, start, end):
        if line.is_first and first >= 0:
            yield first, last
        if line.is_first:
            first = line.start
        last = line.end
    if first >= 0:
        yield first, last


def markdown_headings(text: str) -> Iterator[Heading]:
    """Yield ATX (``# x``) and setext (underlined) headings outside of fenced code."""
    fence = ""
    previous: Line | None = None
    for line in lines(text, 0, len(text)):
        marker = _FENCE.match(line.text)
        if fence:
            if marker and marker.group().startswith(fence) and not line.text.strip("`~ \t"):
                fence = ""
            previous = None
        elif marker:
            fence, previous = marker.group(), None
        elif (atx := _ATX.match(line.text)) and _indent(text, line) < 4:
            title = re.sub(r"[ \t]#*[ \t]*$", "", line.text[atx.end() :][:1_000])
            yield Heading(line.start, line.end, len(atx.group()), _title(title))
            previous = None
        elif previous and not line.is_first and _UNDERLINE.match(line.text):
            level = 1 if line.text[0] == "=" else 2
            yield Heading(previous.start, line.end, level, _title(previous.text))
            previous = None
        else:
            previous = line if line.is_first and line.text[0] not in "|>-*+" else None


def plain_headings(text: str) -> Iterator[Heading]:
    """Yield the lines that look like headings: short, alone, and not a sentence."""
    for line, after in _with_next(lines(text, 0, len(text))):
        if not line.is_first or not _looks_like_title(line.text):
            continue
        is_underlined = after is not None and not after.is_first and _UNDERLINE.match(after.text)
        is_alone = after is not None and after.is_first
        if after is not None and is_underlined:
            yield Heading(line.start, after.end, 1, _title(line.text))
        elif is_alone or (_is_strong(line.text) and after and not after.text.isupper()):
            yield Heading(line.start, line.end, _level(line.text), _title(line.text))


def _with_next(found: Iterator[Line]) -> Iterator[tuple[Line, Line | None]]:
    last = None
    for line, after in pairwise(found):
        yield line, after
        last = after
    if last is not None:
        yield last, None


def _looks_like_title(line: str) -> bool:
    line = line.rstrip()
    numbered = _NUMBERED.match(line)
    if numbered and line[-1] == ".":
        line = line[:-1]
    if ". " in line[numbered.end() if numbered else 0 :] and not _NAMED.match(line):
        return False
    return (
        len(line) <= _LONGEST
        and len(line.split()) <= _MOST_WORDS
        and (line[0].isupper() or line[0].isdigit() or line[0] == "§" or _is_uncased(line[0]))
        and line[-1] not in ".,;:!…。，；：！|"
        and any(character.isalpha() for character in line)
    )


def _is_uncased(character: str) -> bool:
    return character.isalpha() and character.lower() == character.upper()


def _is_strong(line: str) -> bool:
    numbered = _NUMBERED.match(line)
    return bool(
        (line.isupper() and sum(character.isalpha() for character in line) > 3)
        or (numbered and "." in numbered.group(1))
        or _NAMED.match(line)
    )


def _level(line: str) -> int:
    numbered = _NUMBERED.match(line)
    if numbered:
        return 1 + numbered.group(1).count(".")
    return 1 if line.isupper() or _NAMED.match(line) else 2


def _indent(text: str, line: Line) -> int:
    before = text[max(line.start - 4, 0) : line.start]
    return len(before) - (before.rfind("\n") + 1)


def _title(line: str) -> str:
    title = " ".join(line[:1_000].split())
    return title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…"

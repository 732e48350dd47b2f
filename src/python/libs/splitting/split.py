"""Split a canonical text into passages.

A section that fits is one passage. Small neighbouring sections share one; a section that does not
fit is cut between paragraphs, else sentences, else words, into parts of about equal size.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, islice, pairwise, takewhile
from math import ceil

from libs.splitting.headings import Heading, markdown_headings, plain_headings
from libs.splitting.limit import MAX_CHARACTERS, TARGET_TOKENS, Span, TokenLimit, Unit
from libs.splitting.pieces import take_apart

SMALL_TOKENS = 64
"""A section below this is no passage of its own when it has a neighbour to go with."""

MOST_HEADINGS = 50_000
"""A text with more is no text; what follows the last counted one stays under it."""

PATH_SEPARATOR = " › "


class Markup(StrEnum):
    """What marks the headings in a text."""

    PLAIN = "plain"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class PageSpan:
    """Where a page stands in the text."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where a passage stands, on which page, and under which headings ("Leave › Sick leave")."""

    start: int
    end: int
    page: int
    heading: str | None


@dataclass(frozen=True, slots=True)
class _Section:
    path: tuple[str, ...]
    level: int  # 0 for what stands before the first heading
    units: list[Unit]
    tokens: int
    has_body: bool  # more than its heading


def split(
    text: str, pages: Sequence[PageSpan], markup: Markup, limit: TokenLimit
) -> list[PassageSpan]:
    """Return passages in order; together they hold all of ``text`` but whitespace between them.

    No passage overlaps another, crosses a page, begins or ends with whitespace, or is over the
    limit. Takes time in proportion to the text, whatever is in it.
    """
    find = markdown_headings if markup is Markup.MARKDOWN else plain_headings
    headings = list(islice(find(text), MOST_HEADINGS))
    paths = _paths(headings)
    passages: list[PassageSpan] = []
    for page in pages:
        for group in _groups(_sections(text, page, headings, paths, limit)):
            heading = PATH_SEPARATOR.join(_shared_path(group)) or None
            units = [unit for section in group for unit in section.units]
            for start, end in _fitted(text, _pack(units, limit.room), limit):
                passages.append(PassageSpan(start, end, page.number, heading))
    return passages


def _paths(headings: Sequence[Heading]) -> list[tuple[str, ...]]:
    """Return the titles above and of each heading, the highest first."""
    above: list[Heading] = []
    paths = []
    for heading in headings:
        above = [*(other for other in above if other.level < heading.level), heading]
        paths.append(tuple(other.title for other in above if other.title))
    return paths


def _sections(
    text: str,
    page: PageSpan,
    headings: Sequence[Heading],
    paths: Sequence[tuple[str, ...]],
    limit: TokenLimit,
) -> Iterator[_Section]:
    """Yield the sections of a page; the first may go on from the page before."""
    first = bisect_left(headings, page.start, key=lambda heading: heading.start)
    last = bisect_left(headings, page.end, key=lambda heading: heading.start)
    starts = [page.start, *(heading.start for heading in headings[first:last]), page.end]
    for number, (start, end) in enumerate(pairwise(starts), first - 1):
        units = list(take_apart(text, (start, end), limit))
        if not units:
            continue
        heading = headings[number] if number >= 0 else None
        yield _Section(
            path=paths[number] if heading else (),
            level=heading.level if heading else 0,
            units=units,
            tokens=sum(unit.tokens for unit in units),
            has_body=heading is None or units[-1].end > heading.end,
        )


def _groups(sections: Iterator[_Section]) -> Iterator[list[_Section]]:
    """Yield sections that share passages: headings with what they head, small ones together."""
    group: list[_Section] = []
    tokens = 0
    for section in sections:
        is_bare = not any(member.has_body for member in group[-1:])
        is_small = min(tokens, section.tokens) < SMALL_TOKENS
        fits = is_bare or (is_small and tokens + section.tokens <= TARGET_TOKENS)
        if group and not (fits and section.level >= group[0].level):
            yield group
            group, tokens = [], 0
        group.append(section)
        tokens += section.tokens
    if group:
        yield group


def _shared_path(group: Sequence[_Section]) -> tuple[str, ...]:
    paths = [section.path for section in group if section.has_body] or [group[0].path]
    shared = takewhile(lambda titles: len(set(titles)) == 1, zip(*paths, strict=False))
    return tuple(titles[0] for titles in shared) or paths[0]


def _pack(units: Sequence[Unit], room: int) -> Iterator[Span]:
    """Yield spans of neighbouring units, as few as may be and of about the same size."""
    total = sum(unit.tokens for unit in units)
    goal = total if total <= room else total / ceil(total / TARGET_TOKENS)
    packed = units[0]
    for unit, left in zip(units[1:], _suffix_sums(units), strict=True):
        grown = Unit(packed.start, unit.end, packed.tokens + unit.tokens)
        is_nearer = grown.tokens - goal <= goal - packed.tokens
        is_last = left < SMALL_TOKENS
        fits = grown.tokens <= room and grown.end - grown.start <= MAX_CHARACTERS
        if fits and (is_nearer or is_last):
            packed = grown
        else:
            yield packed.start, packed.end
            packed = unit
    yield packed.start, packed.end


def _suffix_sums(units: Sequence[Unit]) -> list[int]:
    """Return for each unit but the first the tokens from it to the end."""
    return list(accumulate(unit.tokens for unit in reversed(units[1:])))[::-1]


def _fitted(text: str, spans: Iterator[Span], limit: TokenLimit) -> Iterator[Span]:
    """Yield the spans without the whitespace around them, halving those that are still too big.

    Tokens of units do not always add up: a tokenizer may see more in the text between them.
    """
    trimmed = [span for span in (_trim(text, *span) for span in spans) if span[0] < span[1]]
    for span, is_admitted in zip(trimmed, limit.admits(text, trimmed), strict=True):
        if is_admitted:
            yield span
        else:
            yield from _fitted(text, _halves(text, *span), limit)


def _halves(text: str, start: int, end: int) -> Iterator[Span]:
    middle = (start + end) // 2
    space = max(text.rfind(" ", start + 1, middle), text.rfind("\n", start + 1, middle))
    middle = space if space > 0 else middle
    yield start, middle
    yield middle, end


def _trim(text: str, start: int, end: int) -> Span:
    passage = text[start:end]
    visible = passage.lstrip()
    start += len(passage) - len(visible)
    return start, start + len(visible.rstrip())

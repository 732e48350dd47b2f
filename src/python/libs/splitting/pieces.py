"""Take a text apart into units that each fit into a passage."""

import re
from collections.abc import Iterable, Iterator

from libs.splitting.headings import paragraphs
from libs.splitting.limit import Span, TokenLimit, Unit

SHORT = 200
"""Neighbouring paragraphs of together at most so many characters are one unit."""

# After a full stop and a space, unless a small letter or the end of a table's cell follows; after
# an ideographic full stop; before the next item of a list or row of a table.
_SENTENCE_END = re.compile(
    r"""[.!?…]['"”’»)\]]{0,4}(?=\s++(?![a-zß-öø-ÿ|])) | [。！？｡]['"”’»」』）)\]]{0,4}
      | \n(?=[ \t]{0,8}(?:[-*+•|]|\d{1,3}[.)]\s))""",
    re.VERBOSE,
)


def take_apart(text: str, span: Span, limit: TokenLimit) -> Iterator[Unit]:
    """Yield units that cover ``span`` but for whitespace: paragraphs, sentences or words."""
    room = limit.room
    for paragraph in limit.measure(text, _join_short(paragraphs(text, *span))):
        if paragraph.tokens <= room:
            yield paragraph
            continue
        for sentence in limit.measure(text, _sentences(text, paragraph.start, paragraph.end)):
            if sentence.tokens <= room:
                yield sentence
            else:
                yield from limit.cut(text, (sentence.start, sentence.end))


def _join_short(spans: Iterable[Span]) -> Iterator[Span]:
    first, last = -1, -1
    for start, end in spans:
        if first >= 0 and end - first > SHORT:
            yield first, last
            first = -1
        if first < 0:
            first = start
        last = end
    if first >= 0:
        yield first, last


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _SENTENCE_END.finditer(text, start, end):
        if match.end() > start:
            yield start, match.end()
        start = match.end()
    if start < end:
        yield start, end

"""Read plain text and Markdown: the source itself."""

import re
from pathlib import Path

from libs.extraction.canonical import canonical, decode
from libs.extraction.errors import TooLarge
from libs.extraction.model import Extracted, Limits, Page

_TITLE = re.compile(r"^#[ \t]+(\S.{0,300}?)[ \t]*#*$", re.MULTILINE)
_TITLE_WITHIN = 4_000


def read_plain(content: bytes, limits: Limits) -> Extracted:
    """Return the decoded text; plain text names no title."""
    text = canonical(decode(content))
    if len(text) > limits.max_characters:
        raise TooLarge
    return Extracted(text, [Page(1, 0, len(text))])


def read_markdown(content: bytes, limits: Limits) -> Extracted:
    """Return the Markdown source; its first top heading is the title."""
    extracted = read_plain(content, limits)
    title = _TITLE.search(extracted.text[:_TITLE_WITHIN])
    return Extracted(extracted.text, extracted.pages, title.group(1) if title else None)


def bounded(path: Path, limits: Limits) -> bytes:
    """Return the bytes of a document that is text, if its text can be within the limits at all."""
    if path.stat().st_size > limits.max_characters * 4:
        raise TooLarge
    return path.read_bytes()

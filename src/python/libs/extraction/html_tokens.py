"""Take HTML apart into tags and text, in time proportional to any input's length.

The standard library's parser is not used: 60 kB of ``<a <a <a`` keep it busy for two minutes.
"""

import html
import re
from typing import Protocol

_TAG = re.compile(r"""</?([a-zA-Z][^\s/>]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*+)")
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++))?""")
_LONGEST_TAG = 8_192  # in a longer one, quotes are not looked at: it ends at the first ">"

# What is within these is no markup.
_RAW_ENDS = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}


class TagHandler(Protocol):
    """Follows a page. Tags are in small letters; text has its entities resolved."""

    def start(self, tag: str, attributes: str) -> None: ...

    def end(self, tag: str) -> None: ...

    def text(self, text: str) -> None: ...


def feed(source: str, handler: TagHandler) -> None:
    """Tell ``handler`` of each tag and each stretch of text; comments are left out."""
    place = 0
    while place < len(source):
        opening = source.find("<", place)
        if opening < 0:
            opening = len(source)
        if opening > place:
            handler.text(html.unescape(source[place:opening]))
        place = _markup(source, opening, handler)


def attributes_of(attributes: str) -> dict[str, str]:
    """Return the attributes of a tag; the first of a name counts, one without a value is ""."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(attributes):
        found.setdefault(name.lower(), html.unescape(value.strip("\"'")))
    return found


def _markup(source: str, opening: int, handler: TagHandler) -> int:
    """Take the markup at ``opening`` and return where it ends."""
    if source.startswith("<!--", opening):
        return _after(source, "-->", opening + 2)
    if source.startswith(("<!", "<?"), opening):
        return _after(source, ">", opening)
    name = _NAME.match(source, opening, opening + _LONGEST_TAG)
    if name is None:
        handler.text(source[opening : opening + 1])
        return opening + 1
    tag = name.group(1).lower()
    whole = _TAG.match(source, opening, opening + _LONGEST_TAG)
    end = whole.end() if whole else _after(source, ">", opening)
    if source.startswith("</", opening):
        handler.end(tag)
        return end
    attributes = whole.group(2) if whole else ""
    handler.start(tag, attributes)
    if tag in _RAW_ENDS and not attributes.endswith("/"):
        closing = _RAW_ENDS[tag].search(source, end)
        stop = closing.start() if closing else len(source)
        handler.text(html.unescape(source[end:stop]))
        return stop
    if attributes.endswith("/"):
        handler.end(tag)
    return end


def _after(source: str, mark: str, place: int) -> int:
    """Return the place after the next ``mark``; what is never closed goes on to the end."""
    found = source.find(mark, place)
    return len(source) if found < 0 else found + len(mark)

"""Read HTML: what a browser would show, without running or fetching anything."""

import re
from collections import Counter
from collections.abc import Callable

from libs.extraction.canonical import canonical, decode
from libs.extraction.html_tokens import attributes_of, feed
from libs.extraction.model import Extracted, Limits, Page
from libs.extraction.writer import TextWriter

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_MAY_HIDE = re.compile("hidden|style", re.I)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VOID = _words(
    """
    area base br col embed hr img input link meta param source track wbr
    """
)
_UNSEEN = _words(
    """
    script style template noscript svg math iframe object canvas audio video head select
    textarea title button datalist
    """
)
_BLOCKS = _words(
    """
    address article aside blockquote body caption center dd details dialog div dl dt
    fieldset figcaption figure footer form header hr html legend main nav p section summary
    """
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HEAD_ENDS_AT = frozenset({"body", "h1", "h2", "p", "div", "main", "table", "ul"})


def read_html(content: bytes, limits: Limits) -> Extracted:
    """Return the visible text of a page, headings, lists and tables with Markdown's signs."""
    reader = _Reader(limits.max_characters)
    feed(_decode(content), reader)
    text = reader.result()
    title = " ".join(canonical(reader.title).split()) or reader.first_heading
    return Extracted(text, [Page(1, 0, len(text))], title or None)


def _decode(content: bytes) -> str:
    named = _CHARSET.search(content[:2_048])
    if named and not content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode(named.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError, ValueError):
            return decode(content)
    return decode(content)


class _Reader:
    """Follows the open elements just enough to know what is seen and to which block it belongs."""

    def __init__(self, max_characters: int) -> None:
        self.title = ""
        self.first_heading = ""
        self._writer = TextWriter(max_characters)
        self._open: list[tuple[str, bool]] = []  # (tag, whether it hides its content)
        self._counts: Counter[str] = Counter()
        self._hidden = 0
        self._content: list[str] = []
        self._lists: list[int | None] = []  # the next number, None where items have bullets
        self._rows: list[list[str]] = []
        self._flush: Callable[[str], None] = self._writer.paragraph

    def start(self, tag: str, attributes: str) -> None:
        if self._counts["head"] and tag in _HEAD_ENDS_AT:
            self.end("head")
        if tag in ("li", "p", "td", "th", "tr", "dt", "dd", "option"):
            self._close_implied(tag)
        if not self._hidden:
            self._begin(tag)
        if tag not in _VOID:
            hides = tag in _UNSEEN or _is_hidden(attributes)
            self._open.append((tag, hides))
            self._counts[tag] += 1
            self._hidden += hides

    def end(self, tag: str) -> None:
        if not self._counts[tag]:
            return
        while self._open:
            closed, hides = self._open.pop()
            self._counts[closed] -= 1
            self._hidden -= hides
            if not self._hidden and not hides:
                self._finish(closed)
            if closed == tag:
                return

    def text(self, text: str) -> None:
        if self._open and self._open[-1][0] == "title" and not self._counts["svg"]:
            self.title += text[: 1_000 - len(self.title)]
        elif not self._hidden:
            self._content.append(text if self._counts["pre"] else _SPACE.sub(" ", text))

    def result(self) -> str:
        """Return the text once everything has been fed."""
        if not self._hidden:
            self._block()
        self._table()
        return self._writer.text()

    def _begin(self, tag: str) -> None:
        if tag == "br":
            self._content.append("\n")
        elif tag in ("td", "th", "tr"):
            self._block()  # what a table holds outside of its cells, such as its caption
            if tag == "tr":
                self._rows.append([])
        elif self._counts["table"] and tag != "table":
            self._content.append(" " if tag in _BLOCKS or tag in _HEADINGS or tag == "li" else "")
        elif tag in _HEADINGS:
            self._block()
            self._flush = lambda content: self._heading(_HEADINGS[tag], content)
        elif tag in ("ul", "ol"):
            self._block()
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._block()
            self._item()
        elif tag == "pre":
            self._block()
            self._flush = self._writer.preformatted
        elif tag == "table" or tag in _BLOCKS:
            self._block()

    def _finish(self, tag: str) -> None:
        if tag in ("td", "th"):
            content = self._take()
            if not self._rows:
                self._rows.append([])
            self._rows[-1].append(content)
        elif tag == "table":
            self._block()
            if not self._counts["table"]:
                self._table()
        elif self._counts["table"]:
            self._content.append(" " if tag in _BLOCKS or tag in _HEADINGS or tag == "li" else "")
        elif tag in ("ul", "ol"):
            self._block()
            if self._lists:
                self._lists.pop()
        elif tag in _BLOCKS:
            self._block()
        elif tag in _HEADINGS or tag in ("li", "pre"):
            self._block()
            self._flush = self._writer.paragraph

    def _close_implied(self, tag: str) -> None:
        """Close what ``tag`` closes by itself: an item by the next item, a cell by the next."""
        closed_by = {"td": ("td", "th"), "th": ("td", "th"), "tr": ("tr",)}.get(tag, (tag,))
        if self._open and self._open[-1][0] in closed_by:
            self.end(self._open[-1][0])
        elif tag == "tr" and self._open and self._open[-1][0] in ("td", "th"):
            self.end("tr" if self._counts["tr"] else self._open[-1][0])

    def _item(self) -> None:
        depth = max(len(self._lists) - 1, 0)
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        label = "-" if number is None else f"{number}."
        self._flush = lambda content: self._writer.item(content, label, depth)

    def _heading(self, level: int, content: str) -> None:
        self.first_heading = self.first_heading or " ".join(content.split())[:300]
        self._writer.heading(level, content)

    def _block(self) -> None:
        content, flush = self._take(), self._flush
        if content.strip():
            self._flush = self._writer.paragraph
            flush(content)

    def _take(self) -> str:
        content = "".join(self._content)
        self._content.clear()
        return content

    def _table(self) -> None:
        rows, self._rows = self._rows, []
        self._writer.table([row for row in rows if row])


def _is_hidden(attributes: str) -> bool:
    if not _MAY_HIDE.search(attributes):
        return False
    found = attributes_of(attributes)
    return "hidden" in found or bool(_HIDING_STYLE.search(found.get("style", "")))

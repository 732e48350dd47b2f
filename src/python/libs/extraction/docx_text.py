"""Read Word documents: the body as Word shows it, with list labels, tables and footnotes."""

from dataclasses import dataclass, field
from pathlib import Path

from libs.extraction.canonical import canonical
from libs.extraction.docx_numbering import Level, Numbering
from libs.extraction.docx_parts import Attributes, Parts
from libs.extraction.errors import Broken
from libs.extraction.model import Extracted, Limits, Page
from libs.extraction.writer import TextWriter

_BODY = "word/document.xml"
# Struck text, what moved elsewhere, and the copy of a shape for old versions of Word.
_UNSEEN = frozenset({"del", "moveFrom", "Fallback", "pPrChange", "rPrChange", "instrText"})


def read_docx(path: Path, limits: Limits) -> Extracted:
    """Return the text of a Word document; headings have Markdown's signs."""
    parts = Parts(path, limits)
    try:
        if not parts.has(_BODY):
            raise Broken
        styles, numbering, properties = _Styles(), _NumberingPart(), _Properties()
        parts.parse("word/styles.xml", styles)
        parts.parse("word/numbering.xml", numbering)
        parts.parse("docProps/core.xml", properties)
        writer = TextWriter(limits.max_characters)
        body = _Body(writer, styles.styles, numbering.numbering)
        parts.parse(_BODY, body)
        parts.parse("word/footnotes.xml", body)
        parts.parse("word/endnotes.xml", body)
    finally:
        parts.close()
    text = writer.text()
    title = " ".join(canonical(properties.title).split())[:300] or body.first_heading
    return Extracted(text, [Page(1, 0, len(text))], title or None)


@dataclass(slots=True)
class _Style:
    name: str = ""
    base: str = ""
    outline: int | None = None
    list_id: str = ""
    depth: int = 0


class _Styles:
    def __init__(self) -> None:
        self.styles: dict[str, _Style] = {}
        self._style = _Style()

    def start(self, tag: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if tag == "style":
            self._style = self.styles.setdefault(attributes.get("styleId", ""), _Style())
        elif tag == "name":
            self._style.name = value.lower()
        elif tag == "basedOn":
            self._style.base = value
        elif tag == "outlineLvl":
            self._style.outline = _int(value)
        elif tag == "numId":
            self._style.list_id = value
        elif tag == "ilvl":
            self._style.depth = _int(value)

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


class _NumberingPart:
    def __init__(self) -> None:
        self.numbering = Numbering()
        self._definition = ""
        self._list = ""
        self._level = Level()

    def start(self, tag: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if tag == "abstractNum":
            self._definition = attributes.get("abstractNumId", "")
        elif tag == "num":
            self._list = attributes.get("numId", "")
            self._definition = ""
        elif tag == "abstractNumId":
            self.numbering.lists[self._list] = value
        elif tag == "lvl":
            self._level = Level()
            depth = _int(attributes.get("ilvl", ""))
            if self._definition:
                self.numbering.levels[self._definition][depth] = self._level
        elif tag == "numFmt":
            self._level.format = value
        elif tag == "lvlText":
            self._level.pattern = value
        elif tag == "start":
            self._level.first = _int(value)

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


class _Properties:
    def __init__(self) -> None:
        self.title = ""
        self._in_title = False

    def start(self, tag: str, attributes: Attributes) -> None:
        self._in_title = tag == "title"

    def end(self, tag: str) -> None:
        self._in_title = False

    def data(self, text: str) -> None:
        if self._in_title:
            self.title += text


@dataclass(slots=True)
class _Paragraph:
    content: list[str] = field(default_factory=list)
    style: str = ""
    outline: int | None = None
    list_id: str = ""
    depth: int | None = None


class _Body:
    """Writes paragraphs as they end; a paragraph in a cell goes into its cell instead."""

    def __init__(self, writer: TextWriter, styles: dict[str, _Style], numbering: Numbering) -> None:
        self.first_heading = ""
        self._writer = writer
        self._styles = styles
        self._numbering = numbering
        self._paragraphs: list[_Paragraph] = []  # a text box puts a paragraph into another
        self._tables: list[list[list[str]]] = []
        self._unseen = 0
        self._in_text = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "p":
            self._paragraphs.append(_Paragraph())
        elif tag == "tbl":
            self._tables.append([])
        elif tag == "tr" and self._tables:
            self._tables[-1].append([])
        elif tag == "tc" and self._tables and self._tables[-1]:
            self._tables[-1][-1].append("")
        elif self._paragraphs and not self._unseen:
            self._start_within(self._paragraphs[-1], tag, attributes)

    def end(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        elif tag == "t":
            self._in_text = False
        elif tag == "p" and self._paragraphs:
            self._finish(self._paragraphs.pop())
        elif tag == "tbl" and self._tables:
            self._finish_table(self._tables.pop())

    def data(self, text: str) -> None:
        if self._in_text and self._paragraphs:
            self._paragraphs[-1].content.append(text)

    def _start_within(self, paragraph: _Paragraph, tag: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if tag == "t":
            self._in_text = True
        elif tag in ("br", "cr"):
            paragraph.content.append("\n")
        elif tag in ("tab", "ptab") and "pos" not in attributes:
            paragraph.content.append("\t")
        elif tag == "noBreakHyphen":
            paragraph.content.append("-")
        elif tag == "pStyle":
            paragraph.style = value
        elif tag == "outlineLvl":
            paragraph.outline = _int(value)
        elif tag == "numId":
            paragraph.list_id = value
        elif tag == "ilvl":
            paragraph.depth = _int(value)

    def _finish(self, paragraph: _Paragraph) -> None:
        content = "".join(paragraph.content)
        level, list_id, depth = self._look_up(paragraph)
        label = self._numbering.label(list_id, depth) if list_id and content.strip() else ""
        if self._tables and self._tables[-1] and self._tables[-1][-1]:
            row = self._tables[-1][-1]
            row[-1] = f"{row[-1]} {label} {content}".strip()
        elif level is not None:
            heading = content if label in ("", "-") else f"{label} {content}"
            self.first_heading = self.first_heading or " ".join(content.split())[:300]
            self._writer.heading(level, heading)
        elif label:
            self._writer.item(content, label, depth)
        else:
            self._writer.paragraph(content)

    def _look_up(self, paragraph: _Paragraph) -> tuple[int | None, str, int]:
        """Return heading level, list and depth, by the paragraph itself or by its style."""
        outline, list_id, depth = paragraph.outline, paragraph.list_id, paragraph.depth
        style_id = paragraph.style
        for _ in range(10):  # styles of damaged documents may be based on each other
            style = self._styles.get(style_id)
            if style is None:
                break
            if style.name == "title" and outline is None:
                outline = 0
            if style.name.startswith("heading ") and outline is None:
                outline = _int(style.name.removeprefix("heading ")) - 1
            outline = style.outline if outline is None else outline
            if not list_id and style.list_id:
                list_id, depth = style.list_id, style.depth if depth is None else depth
            style_id = style.base
        is_heading = outline is not None and 0 <= outline < 9
        return (
            (outline + 1 if is_heading and outline is not None else None),
            ("" if list_id == "0" else list_id),
            depth or 0,
        )

    def _finish_table(self, rows: list[list[str]]) -> None:
        if not self._tables:
            self._writer.table(rows)
        elif self._tables[-1] and self._tables[-1][-1]:
            inner = " ".join(cell for row in rows for cell in row if cell)
            self._tables[-1][-1][-1] = f"{self._tables[-1][-1][-1]} {inner}".strip()


def _int(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0

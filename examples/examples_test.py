"""The shelf is what its sources say, and every judged quote can be found on it."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import docx
import generate
import pypdfium2
import pytest
from docx.table import Table
from docx.text.paragraph import Paragraph
from fpdf.errors import FPDFUnicodeEncodingException
from reading import Block, Kind

_KINDS = {"part number", "name", "number", "paraphrase", "question"}
_JUDGED = [
    json.loads(line) for line in (generate.HERE / "judged.jsonl").read_text("utf-8").splitlines()
]
_DOCUMENTS = sorted(generate.DOCUMENTS.iterdir())


def _words(text: str) -> str:
    return " ".join(text.split())


def _pdf_text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def _docx_text(path: Path) -> Iterator[str]:
    for item in docx.Document(str(path)).iter_inner_content():
        if isinstance(item, Paragraph):
            yield item.text
        elif isinstance(item, Table):
            yield from (cell.text for row in item.rows for cell in row.cells)


@cache
def _text(path: Path) -> str:
    """Return the document's words, one space between them."""
    match path.suffix:
        case ".pdf":
            return _words(_pdf_text(path))
        case ".docx":
            return _words("\n".join(_docx_text(path)))
        case ".html":
            markup = path.read_text("utf-8")
            return _words(html.unescape(re.sub(r"<[^>]+>", "", markup)))
        case _:
            return _words(path.read_text("utf-8"))


def test_the_generated_documents_are_those_of_their_sources() -> None:
    rendered = {source.name: generate.render(source) for source in generate.sources()}
    assert generate.stale(rendered, generate.DOCUMENTS) == []


def test_every_pdf_and_docx_has_a_source() -> None:
    binary = {path.name for path in _DOCUMENTS if path.suffix in {".pdf", ".docx"}}
    assert {source.name for source in generate.sources()} == binary


def test_the_shelf_holds_each_format_at_least_twice() -> None:
    suffixes = [path.suffix for path in _DOCUMENTS]
    assert {suffix for suffix in suffixes if suffixes.count(suffix) >= 2} == {
        ".docx",
        ".html",
        ".md",
        ".pdf",
        ".txt",
    }


def test_a_pdf_refuses_a_character_that_its_fonts_lack() -> None:
    title = Block(Kind.TITLE, "Łucja")
    source = replace(generate.sources()[0], name="x.pdf", title="x", blocks=(title,))
    with pytest.raises(FPDFUnicodeEncodingException):
        generate.render(source)


def test_a_pdf_tells_its_title() -> None:
    with pypdfium2.PdfDocument(generate.DOCUMENTS / "keepers-handbook.pdf") as pdf:
        assert pdf.get_metadata_value("Title") == "The Keeper's Handbook"
        assert len(pdf) >= 6


def test_thirty_queries_of_every_kind_are_judged() -> None:
    assert len({row["query"] for row in _JUDGED}) == 30
    assert {row["kind"] for row in _JUDGED} == _KINDS


@pytest.mark.parametrize("row", _JUDGED, ids=[row["query"] for row in _JUDGED])
def test_a_judged_quote_stands_in_its_document_and_in_no_other(row: dict[str, str]) -> None:
    holders = [path.name for path in _DOCUMENTS if row["quote"] in _text(path)]
    assert holders == [row["document"]]

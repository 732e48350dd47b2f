import io
import random

import pytest

from libs.extraction.detect import detect
from libs.extraction.errors import EmptyDocument, UnsupportedMediaType
from libs.extraction.model import MediaType
from libs.testing.documents import make_docx, make_pdf, make_zip

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
NOISE = random.Random(1).randbytes(5_000)


def detected(content: bytes, filename: str) -> MediaType:
    return detect(io.BytesIO(content), filename)


@pytest.mark.parametrize(
    ("content", "filename", "expected"),
    [
        (b"Hello", "a.txt", MediaType.TEXT),
        (b"Hello", "", MediaType.TEXT),
        (b"Hello", "../../etc/passwd", MediaType.TEXT),
        (b"# Hello", "a.MD", MediaType.MARKDOWN),
        (b"# Hello", "a.txt", MediaType.TEXT),
        (b"<p>Hello", "a.html", MediaType.HTML),
        (b"\n<!DOCTYPE html><p>Hello", "a.bin", MediaType.HTML),
        (b"<!-- x --><HTML lang=en>", "a", MediaType.HTML),
        ("<html>".encode("utf-16"), "a", MediaType.HTML),
        (b"<note>not HTML</note>", "a.xml", MediaType.TEXT),
        (b"a;b\n1;2\n", "a.csv", MediaType.TEXT),
        (b"caf\xe9 \x00 au lait, s'il vous pla\xeet", "a.txt", MediaType.TEXT),
        (make_pdf(["Hello"]), "a.txt", MediaType.PDF),
        (b"\n\n%PDF-1.4 broken", "a", MediaType.PDF),
        (make_docx([("", "Hello")]), "a.zip", MediaType.DOCX),
        (make_docx([("", "Hello")])[:3_000], "cut.docx", MediaType.DOCX),
        (OLE, "locked.docx", MediaType.DOCX),
    ],
)
def test_content_decides_and_the_name_helps(
    content: bytes, filename: str, expected: MediaType
) -> None:
    assert detected(content, filename) is expected


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (NOISE, "a.txt"),
        (NOISE, "a.pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"text " * 50, "a.txt"),
        (b"GIF89a plain", "a.md"),
        (b"\x7fELF" + bytes(200), "a"),
        (OLE, "a.doc"),
        (make_zip({"a.txt": b"Hello"}), "a.docx"),
        (make_zip({"xl/workbook.xml": b"<a/>"}), "a.xlsx"),
        (b"{\\rtf1 Hello}", "a.rtf"),
        (b"<svg/>", "a.svg"),
        (b"\x00" * 1_000, "a.txt"),
    ],
)
def test_what_cannot_be_read_is_unsupported(content: bytes, filename: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        detected(content, filename)


def test_nothing_at_all_is_empty() -> None:
    with pytest.raises(EmptyDocument):
        detected(b"", "a.pdf")

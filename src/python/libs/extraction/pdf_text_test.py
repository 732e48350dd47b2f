from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from libs.extraction.errors import Broken, Encrypted, NoText, TooLarge
from libs.extraction.model import Extracted, Limits
from libs.extraction.pdf_text import NOT_DRAWN, opened, page_text, read_pdf
from libs.testing.documents import make_pdf

LOOP = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>> endobj
3 0 obj <</Type/Pages/Kids[2 0 R]/Parent 2 0 R/Count 1>> endobj
trailer <</Root 1 0 R/Size 4>>
%%EOF"""


def extracted(tmp_path: Path, content: bytes, limits: Limits | None = None) -> Extracted:
    path = tmp_path / "document.pdf"
    path.write_bytes(content)
    return read_pdf(path, limits or Limits())


def test_every_page_is_a_span_of_the_text(tmp_path: Path) -> None:
    result = extracted(tmp_path, make_pdf(["First page.", "Second page.", "Third."], title="T"))
    quotes = [result.text[page.start : page.end] for page in result.pages]
    assert quotes == ["First page.\n\n", "Second page.\n\n", "Third."]
    assert [page.number for page in result.pages] == [1, 2, 3]
    assert result.title == "T"


def test_an_empty_page_between_others_is_kept(tmp_path: Path) -> None:
    result = extracted(tmp_path, make_pdf(["First.", "", "Third."]))
    assert [(page.start, page.end) for page in result.pages] == [(0, 8), (8, 10), (10, 16)]


def test_paragraphs_and_headings_stand_apart(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=18)
    pdf.multi_cell(0, 9, "Notice")
    pdf.set_font("Helvetica", size=11)
    pdf.multi_cell(60, 5, "The notice period is three months for all of us.", align="L")
    pdf.ln(5)
    pdf.multi_cell(60, 5, "It begins with the month after the letter came.", align="L")
    paragraphs = extracted(tmp_path, bytes(pdf.output())).text.split("\n\n")
    assert paragraphs[0] == "Notice"
    assert [" ".join(p.split()) for p in paragraphs[1:]] == [
        "The notice period is three months for all of us.",
        "It begins with the month after the letter came.",
    ]


def test_a_hyphen_at_a_line_s_end_is_kept(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    for line in ("an extra-", "ordinary day"):
        pdf.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    assert extracted(tmp_path, bytes(pdf.output())).text == "an extra-\nordinary day"


def test_each_character_knows_its_number_on_the_page(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf(["First line\nsecond line, \xe9t\xe9"]))
    with opened(path) as document:
        page = page_text(document, 1)
        textpage = document[0].get_textpage()
        assert len(page.text) == len(page.numbers)
        for character, number in zip(page.text, page.numbers, strict=True):
            drawn = "\n" if number == NOT_DRAWN else textpage.get_text_range(number, 1)
            assert drawn == character


def test_a_locked_document_says_so(tmp_path: Path) -> None:
    with pytest.raises(Encrypted, match="password"):
        extracted(tmp_path, make_pdf(["secret"], password="key"))


def test_pictures_without_text_ask_for_text_recognition(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.add_page()
    pdf.image(Image.new("L", (40, 40), 128), 10, 10, 50)
    with pytest.raises(NoText, match="OCR"):
        extracted(tmp_path, bytes(pdf.output()))


def test_empty_pages_are_not_called_pictures(tmp_path: Path) -> None:
    with pytest.raises(NoText, match="its pages are empty"):
        extracted(tmp_path, make_pdf(["", ""]))


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7 nothing of the kind", LOOP])
def test_a_document_without_pages_is_broken(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Broken):
        extracted(tmp_path, content)


def test_a_document_cut_anywhere_is_broken_and_says_so(tmp_path: Path) -> None:
    whole = make_pdf(["One page of text."] * 5)
    for percent in range(0, 98, 2):
        with pytest.raises(Broken):
            extracted(tmp_path, whole[: len(whole) * percent // 100])
    with pytest.raises(Broken, match="breaks off before its end"):
        extracted(tmp_path, whole + b"7 0 obj <</Length 9000>> stream\n" + b"x" * 5_000)


def test_a_document_may_have_something_behind_its_end(tmp_path: Path) -> None:
    whole = make_pdf(["One page of text."])
    assert extracted(tmp_path, whole + b"\n" * 3_000).text == "One page of text."


@pytest.mark.parametrize("limits", [Limits(max_pages=4), Limits(max_characters=50)])
def test_too_many_pages_or_characters_are_too_large(tmp_path: Path, limits: Limits) -> None:
    with pytest.raises(TooLarge):
        extracted(tmp_path, make_pdf(["One page of text."] * 5), limits)

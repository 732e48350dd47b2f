from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.extraction.docx_numbering import Level, Numbering
from libs.extraction.docx_text import read_docx
from libs.extraction.errors import Broken, Encrypted, TooLarge
from libs.extraction.model import Extracted, Limits
from libs.testing.documents import make_docx, make_docx_by_hand, make_zip

LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000) + "EncryptedPackage".encode("utf-16-le")


def extracted(tmp_path: Path, content: bytes, limits: Limits | None = None) -> Extracted:
    path = tmp_path / "document"
    path.write_bytes(content)
    return read_docx(path, limits or Limits())


def text_of(tmp_path: Path, body: str) -> str:
    return extracted(tmp_path, make_docx_by_hand(body)).text


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_headings_lists_and_paragraphs_keep_their_shape(tmp_path: Path) -> None:
    document = make_docx(
        [
            ("Title", "Handbook"),
            ("Heading 2", "Leave"),
            ("", "Ask first.\nThen go."),
            ("List Bullet", "One"),
            ("List Number", "Two"),
            ("List Number", "Three"),
        ]
    )
    assert extracted(tmp_path, document).text == (
        "# Handbook\n\n## Leave\n\nAsk first.\nThen go.\n\n- One\n1. Two\n2. Three"
    )


def test_the_title_is_the_property_or_the_first_heading(tmp_path: Path) -> None:
    paragraphs = [("Heading 1", "Leave")]
    assert extracted(tmp_path, make_docx(paragraphs)).title == "Leave"
    assert extracted(tmp_path, make_docx(paragraphs, title="Rules")).title == "Rules"


def test_a_table_has_a_line_for_each_row(tmp_path: Path) -> None:
    row = "<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>"
    rows = row.format(paragraph("Year"), paragraph("Days") + paragraph("off"))
    rows += row.format(paragraph("2026"), f"<w:tbl>{row.format(paragraph('3'), '')}</w:tbl>")
    assert text_of(tmp_path, f"<w:tbl>{rows}</w:tbl>") == "| Year | Days off |\n| 2026 | 3 |"


def test_struck_text_and_field_codes_are_not_shown(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>now</w:t></w:r><w:del><w:r><w:delText>then</w:delText></w:r></w:del>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>"
    )
    assert text_of(tmp_path, body) == "now"


def test_labels_are_counted_as_word_counts_them() -> None:
    levels = {0: Level("decimal", "%1."), 1: Level("lowerLetter", "%1.%2)"), 2: Level("bullet")}
    numbering = Numbering({"d": levels}, {"1": "d"})
    depths = [0, 1, 1, 0, 1, 2]
    labels = [numbering.label("1", depth) for depth in depths]
    assert labels == ["1.", "1.a)", "1.b)", "2.", "2.a)", "-"]


def test_roman_and_padded_numbers() -> None:
    levels = {0: Level("upperRoman", "Article %1", 4), 1: Level("decimalZero", "%2")}
    numbering = Numbering({"d": levels}, {"1": "d"})
    assert [numbering.label("1", depth) for depth in (0, 0, 1)] == ["Article IV", "Article V", "01"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (make_docx([("", "text " * 500)])[:-200], Broken),
        (make_docx([("", "text")])[:400], Broken),
        (make_zip({"word/other.xml": b"<a/>"}), Broken),
        (make_docx_by_hand("<w:p>"), Broken),
        (make_docx_by_hand("", before='<!DOCTYPE a [<!ENTITY b "c">]>'), Broken),
        (LOCKED, Encrypted),
        (LOCKED[:900], Broken),
    ],
)
def test_damage_and_locks_are_told_apart(
    tmp_path: Path, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        extracted(tmp_path, content)


def test_entities_are_refused_before_they_are_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    before = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>'
    with pytest.raises(Broken):
        extracted(tmp_path, make_docx_by_hand(paragraph("&x;"), before=before))


@pytest.mark.parametrize(
    ("content", "limits"),
    [
        (make_docx_by_hand(" " * 3_000_000), Limits(max_unpacked_bytes=1_000_000)),
        (make_docx_by_hand(paragraph("word " * 3_000)), Limits(max_characters=1_000)),
        (make_zip({f"{n}": b"" for n in range(200)}), Limits(max_archive_entries=100)),
    ],
)
def test_bombs_are_too_large(tmp_path: Path, content: bytes, limits: Limits) -> None:
    with pytest.raises(TooLarge):
        extracted(tmp_path, content, limits)


def test_names_that_climb_out_of_the_archive_write_nothing(tmp_path: Path) -> None:
    document = make_docx_by_hand(paragraph("fine"), parts={"../../evil": b"x", "/evil": b"x"})
    assert extracted(tmp_path, document).text == "fine"
    assert [path.name for path in tmp_path.iterdir()] == ["document"]


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 5_000)), st.integers(0, 9), st.text())
def test_odd_numbering_still_gives_a_label(
    firsts: dict[int, int], depth: int, pattern: str
) -> None:
    levels = {at: Level("upperRoman", pattern, first) for at, first in firsts.items()}
    assert isinstance(Numbering({"d": levels}, {"1": "d"}).label("1", depth), str)

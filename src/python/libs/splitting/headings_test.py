import pytest

from libs.splitting.headings import markdown_headings, paragraphs, plain_headings


def test_markdown_has_atx_and_underlined_headings() -> None:
    text = "Title\n=====\n\ntext\n\n## Second ##\nbody\n\nThird\n---\n   ### Indented\n"
    found = [(h.level, h.title) for h in markdown_headings(text)]
    assert found == [(1, "Title"), (2, "Second"), (2, "Third"), (3, "Indented")]


def test_a_heading_covers_its_line_and_its_underline() -> None:
    text = "\nTitle\n=====\ntext"
    [heading] = markdown_headings(text)
    assert text[heading.start : heading.end] == "Title\n====="


@pytest.mark.parametrize(
    "text",
    [
        "```\n# not a heading\n```\n",
        "~~~~\n# not a heading\n~~~\n# nor this\n~~~~",
        "    # code\n",
        "#hashtag\n",
        "- item\n---\n",
        "| a |\n---\n",
        "one\ntwo\n---\n",
        "text\n\n---\n",
    ],
)
def test_what_only_looks_like_a_markdown_heading_is_none(text: str) -> None:
    assert list(markdown_headings(text)) == []


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Notice periods\n\nText follows.", 2),
        ("3. Definitions.\n\nText follows.", 1),
        ("2.1 Scope\nText follows.", 2),
        ("TERMS AND CONDITIONS\nText follows.", 1),
        ("Chapter 4\nText follows.", 1),
        ("Annex A. Equipment\n\nText.", 1),
        ("Can I bring a dog?\n\nText.", 2),
        ("§ 5 Haftung\n\nText.", 1),
        ("Overview\n--------\nText.", 1),
        ("概要\n\n本文。", 2),
    ],
)
def test_lines_that_look_like_headings_are(text: str, level: int) -> None:
    [heading] = plain_headings(text)
    assert (heading.start, heading.level) == (0, level)


@pytest.mark.parametrize(
    "text",
    [
        "This is a sentence.\n\nMore.",
        "and so on\n\nMore.",
        "Dear Ms Jones,\n\nMore.",
        "A line that is rather long for a heading, with more words than any heading has\n\nText",
        "THIS SOFTWARE IS PROVIDED\nAS IS AND WITHOUT WARRANTY\nOF ANY KIND.",
        "Text.\n\nLast line",
        "Milk\nBread\nButter\n",
        "A sentence ends. Another begins\n\nMore.",
        "2024\n\n",
        "----\n\n",
    ],
)
def test_other_lines_are_no_headings(text: str) -> None:
    assert list(plain_headings(text)) == []


def test_paragraphs_are_what_blank_lines_part() -> None:
    text = "  one\ntwo \n \n\t\nthree\n\n"
    assert [text[start:end] for start, end in paragraphs(text, 0, len(text))] == [
        "one\ntwo ",
        "three",
    ]

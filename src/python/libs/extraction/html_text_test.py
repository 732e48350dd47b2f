import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.extraction.errors import TooLarge
from libs.extraction.html_text import read_html
from libs.extraction.model import Limits

TAGS = "p div h1 h2 li ul ol table tr td th b br pre script style head title body svg a"
PIECES = [f"<{tag}>" for tag in TAGS.split()] + [f"</{tag}>" for tag in TAGS.split()]
PIECES += ["word", "<p hidden>", "&amp;", "&#0;", "&#xD800;", "<!-- x -->", "<!", "<", "\x00", "\n"]


def text_of(html: str) -> str:
    return read_html(html.encode(), Limits()).text


def test_headings_lists_and_tables_keep_their_shape() -> None:
    html = """<h1>Leave</h1><p>Ask <b>your</b>
      lead&nbsp;first.<br>Then go.<ul><li>One<li>Two<ol><li>Two A</ol></ul>
      <table><caption>Days</caption><tr><th>Year<th>Days<tr><td>2026<td>30</table><h3>End</h3>"""
    assert text_of(html) == (
        "# Leave\n\nAsk your lead first.\nThen go.\n\n- One\n- Two\n  1. Two A\n\nDays\n\n"
        "| Year | Days |\n| 2026 | 30 |\n\n### End"
    )


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>secret()</script>",
        "<style>secret{}</style>",
        "<!-- secret -->",
        "<template>secret</template>",
        "<noscript>secret</noscript>",
        "<p hidden>secret <b>secret</b></p>",
        "<div style='Display : none'>secret<p>secret</p></div>",
        "<svg><title>secret</title><text>secret</text></svg>",
        "<iframe src='http://host.example/secret'></iframe>",
        "<img src=x onerror=secret alt=secret>",
        "<input value=secret><textarea>secret</textarea>",
        "<a href='javascript:secret'></a>",
        "<SCRIPT>if (a < b) '</p> secret'</SCRIPT >",
        "<![if !vml]><![endif]><!--><?php secret ?>",
        "<a title='>secret' rel=\"'>secret\"></a>",
    ],
)
def test_what_a_reader_does_not_see_is_left_out(unseen: str) -> None:
    assert text_of(f"<p>before</p>{unseen}<p>after</p>") == "before\n\nafter"


def test_entities_of_a_document_type_are_not_followed() -> None:
    html = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>a &x; &lt;b&gt;</p>'
    assert "root:" not in text_of(html)
    assert text_of(html).endswith("a &x; <b>")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a < b and c<3", "a < b and c<3"),
        ("<p title='hidden style=display:none'>seen", "seen"),
        ("<p STYLE=display:none>x</p>seen", "seen"),
        ("<script src=x />seen", "seen"),
        ("a<br/>b", "a\nb"),
        ("&lt;p&gt; &copy &#x41; &nosuch;", "<p> © A &nosuch;"),
        ("<p title='no end>seen</p>", "seen"),
    ],
)
def test_odd_markup_shows_what_a_browser_would(html: str, text: str) -> None:
    assert text_of(html) == text


def test_preformatted_text_keeps_its_lines() -> None:
    assert text_of("<pre><code>def f():\n    pass\n</code></pre>") == (
        "```\ndef f():\n    pass\n```"
    )


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<head><title> A &amp;\n B </title></head><h1>C</h1>", "A & B"),
        ("<title>A</title><p>x", "A"),
        ("<h2>C <i>d</i></h2><p>x", "C d"),
        ("<p>x", None),
    ],
)
def test_the_title_is_the_head_s_or_the_first_heading(html: str, title: str | None) -> None:
    assert read_html(html.encode(), Limits()).title == title


def test_the_page_says_its_encoding() -> None:
    html = '<meta charset="windows-1251"><p>Отпуск</p>'
    assert read_html(html.encode("cp1251"), Limits()).text == "Отпуск"
    assert read_html(html.encode(), Limits()).text.endswith("</p>") is False


def test_an_unclosed_head_does_not_hide_the_body() -> None:
    assert text_of("<html><head><title>T</title><body><p>seen") == "seen"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_soup_of_tags_is_read(pieces: list[str]) -> None:
    extracted = read_html("".join(pieces).encode(), Limits())
    assert "\x00" not in extracted.text
    assert extracted.pages[0].end == len(extracted.text)
    extracted.text.encode()


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "x",
        "<b>" * 50_000 + "</i>" * 50_000,
        "<table><tr><td>" * 20_000,
        *(mark * 100_000 for mark in ("<a ", "<!--", "<![", "</", '<a b="', "<?", "&#", "<!-- >")),
        *(mark * 100_000 for mark in ("<script>", "<script/>", "<title></title>", "<li>", "<tr>")),
        "<a '>' " * 20_001 + "'",
        "<a " + "x " * 200_000,
        "<p style" + " " * 200_000 + ">",
    ],
    ids=lambda html: html[:12],
)
def test_pages_made_to_be_slow_are_not(html: str) -> None:
    started = time.process_time()
    text_of(html)
    assert time.process_time() - started < 10


def test_more_text_than_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge):
        read_html(b"<p>word</p>" * 100, Limits(max_characters=300))

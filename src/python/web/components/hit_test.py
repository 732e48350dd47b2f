from uuid import UUID

from ibid_contract import Hit, Scores
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

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from web.pages.conftest import ID, FakeApi, collection, document, html, job, page, problem

type Draw = Callable[..., AppTest]

_ODD = '<img src=x onerror="alert(1)"> :material_home: $x$ [a](javascript:b)'
_ODD_HTML = "&lt;img src=x onerror=&quot;alert(1)&quot;&gt; :material_home: $x$ [a](javascript:b)"

_OTHER = ID.replace("1", "2")
_ZINES = collection(id=_OTHER, name="Zines")


def _hit(**changes: Any) -> dict[str, Any]:
    return {
        "document_id": ID,
        "version": 3,
        "title": "A title",
        "passage_id": ID,
        "page": 7,
        "start": 100,
        "end": 118,
        "heading": "Fees",
        "text": "Late fees are due.",
        "highlights": [[0, 4]],
        "score": 0.5,
        "metadata": {},
        "collection_id": ID,
        "media_type": "application/pdf",
        **changes,
    }


def _found(*hits: dict[str, Any], next_cursor: str | None = None) -> tuple[int, dict[str, Any]]:
    return 200, {
        "hits": list(hits),
        "facets": {},
        "total_estimate": len(hits),
        "next_cursor": next_cursor,
        "took_ms": 12.0,
    }


def _text(text: str, **changes: Any) -> tuple[int, dict[str, Any]]:
    whole = {"version": 1, "start": 0, "end": len(text), "length": len(text), "text": text}
    return 200, {**whole, "pages": [{"number": 1, "start": 0, "end": len(text)}], **changes}


def test_the_search_page_says_how_to_search(api: FakeApi, draw: Draw) -> None:
    drawn = html(draw("search"))
    assert "<code><bdi>&quot;oil lamp&quot;</bdi></code>" in drawn
    assert "<code><bdi>fog -horn</bdi></code>" in drawn


def test_an_explanation_says_what_must_hold(api: FakeApi, draw: Draw) -> None:
    status, answer = _found(_hit())
    answer["explanation"] = {
        "mode": "hybrid",
        "model": "m",
        "words": ["lamp"],
        "embed_ms": 1.0,
        "database_ms": 2.0,
        "required": ['"<b>oil"'],
        "excluded": [],
        "fields": ["type:pdf"],
        "corrections": {"lampp": "lamp"},
    }
    api.answers["POST /v1/search"] = status, answer
    drawn = html(draw("search", q="x", explain="1"))
    assert "<dt>Must hold</dt><dd><bdi>&quot;&lt;b&gt;oil&quot;</bdi></dd>" in drawn
    assert "<dt>Only documents with</dt><dd><bdi>type:pdf</bdi></dd>" in drawn
    assert "<dt>Corrected</dt><dd><bdi>lampp → lamp</bdi></dd>" in drawn
    assert "Must not hold" not in drawn


def test_a_hit_shows_its_passage_and_leads_to_its_place(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found(_hit())
    drawn = html(draw("search", q="late fees"))
    assert "<mark>Late</mark> fees are due." in drawn
    assert (
        f'href="/document?id={ID}&amp;version=3&amp;start=100&amp;end=118&amp;q=late+fees"' in drawn
    )
    assert "page 7" in drawn
    assert "Papers" in drawn


def test_the_address_says_what_is_searched(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found(_hit())
    draw("search", q="late fees", mode="lexical", collection=ID, metadata="year = 2024")
    asked = msgspec.json.decode(api.asked[-1][1])
    assert asked == {
        "query": "late fees",
        "collections": [ID],
        "mode": "lexical",
        "filters": {"metadata": {"year": 2024}},
        "facets": ["collection", "media_type", "language", "author", "date"],
    }


def test_a_new_query_becomes_the_address_and_starts_at_the_first_page(
    api: FakeApi, draw: Draw
) -> None:
    api.answers["POST /v1/search"] = _found(_hit())
    app = draw("search", q="late", cursor="abc", page="2")
    app.text_input(key="q").set_value("early").run()
    assert app.query_params == {"q": "early"}


def test_more_hits_are_a_link(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found(_hit(), next_cursor="abc")
    assert 'href="/?q=late&amp;cursor=abc&amp;page=2"' in html(draw("search", q="late"))


def test_where_nothing_is_found_the_way_out_is_shown(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found()
    drawn = html(draw("search", q="late", collection=ID))
    assert "Nothing found for “late”" in drawn
    assert 'href="/?q=late"' in drawn


def test_a_hit_from_anywhere_is_shown_literally(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found(
        _hit(title=_ODD, heading=_ODD, text=_ODD, highlights=[[0, 4]], media_type=_ODD)
    )
    app = draw("search", q=_ODD)
    assert "<img" not in html(app)
    assert html(app).count(_ODD_HTML) >= 3
    assert [element.value for element in app.markdown] == []


def test_facets_lead_to_narrower_searches(api: FakeApi, draw: Draw) -> None:
    status, answer = _found(_hit())
    answer["facets"] = {"language": {"de": 2, "": 1}, "author": {_ODD: 2, "": 1}}
    api.answers["POST /v1/search"] = status, answer
    drawn = html(draw("search", q="late", sort="oldest"))
    assert '<a href="/?q=late&amp;sort=oldest&amp;language=de" target="_self"' in drawn
    assert '<bdi>German</bdi></a><span class="ibid-count">2</span>' in drawn
    assert '<a href="/?q=late&amp;sort=oldest&amp;language=none" target="_self"' in drawn
    assert "<li><span><bdi>none given</bdi></span>" in drawn
    assert "<img" not in drawn


def test_the_metadata_of_the_hits_become_facets(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found(_hit(metadata={"year": 2024}))
    app = draw("search", q="late")
    app.run()
    asked = [msgspec.json.decode(body) for call, body in api.asked if call == "POST /v1/search"]
    assert ["metadata.year" in one["facets"] for one in asked] == [False, True, True]


def test_filters_in_use_can_be_taken_away(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found()
    drawn = html(draw("search", q="late", author=_ODD, metadata="year = 2024"))
    assert 'href="/?q=late&amp;metadata=year+%3D+2024" target="_self" class="ibid-step' in drawn
    assert "Remove year: 2024" in drawn
    assert 'href="/?q=late" target="_self" class="ibid-step"><bdi>Remove all</bdi>' in drawn
    assert "<img" not in drawn


def test_the_order_is_in_the_address_and_other_filters_stay(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found(_hit())
    app = draw("search", q="late", language="de", author="Ann")
    app.selectbox(key="sort").set_value("newest").run()
    expected = {"q": "late", "sort": "newest", "language": "de", "author": "Ann"}
    assert app.query_params == expected


def test_corrected_words_are_told(api: FakeApi, draw: Draw) -> None:
    status, answer = _found(_hit())
    answer["did_you_mean"] = '"<img src=x>" lamp oil'
    api.answers["POST /v1/search"] = status, answer
    drawn = html(draw("search", q='"<img src=x>" Lampp oil lampp', cursor="abc"))
    assert "No document has <bdi>“Lampp”</bdi>, <bdi>“lampp”</bdi>. Showing results for " in drawn
    assert "<bdi>&quot;&lt;img src=x&gt;&quot; lamp oil</bdi></a>" in drawn
    assert 'href="/?q=%22%3Cimg+src%3Dx%3E%22+lamp+oil"' in drawn
    assert "<img" not in drawn


def test_what_was_read_otherwise_is_told(api: FakeApi, draw: Draw) -> None:
    status, answer = _found(_hit())
    answer["notes"] = ["before:<img> was searched for as words."]
    api.answers["POST /v1/search"] = status, answer
    drawn = html(draw("search", q="lamp before:<img>"))
    assert "before:&lt;img&gt; was searched for as words." in drawn


def test_a_likelier_query_is_one_click_away(api: FakeApi, draw: Draw) -> None:
    status, answer = _found(_hit())
    answer["suggestion"] = "<b> lamp"
    api.answers["POST /v1/search"] = status, answer
    drawn = html(draw("search", q="<b> lapm", cursor="abc"))
    assert "Few passages have these words. Did you mean " in drawn
    assert 'href="/?q=%3Cb%3E+lamp"' in drawn
    assert "<b>" not in drawn


def test_a_query_that_asks_for_less_is_one_click_away(api: FakeApi, draw: Draw) -> None:
    status, answer = _found()
    answer["suggestion"] = "oil lamp"
    api.answers["POST /v1/search"] = status, answer
    drawn = html(draw("search", q='"oil lamp"'))
    assert "Nothing holds all of this. Did you mean " in drawn
    assert 'href="/?q=oil+lamp"' in drawn


@pytest.mark.parametrize(
    ("hits", "told"),
    [
        ([_hit(), _hit(document_id=_OTHER)], "2 documents"),
        ([_hit(), _hit(passage_id=_OTHER)], "2 passages"),
        ([_hit()], "1 document<"),
    ],
)
def test_what_is_counted_is_told(
    api: FakeApi, draw: Draw, hits: list[dict[str, Any]], told: str
) -> None:
    api.answers["POST /v1/search"] = _found(*hits)
    assert told in html(draw("search", q="late"))


def test_what_is_like_a_passage_is_shown(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/documents/{ID}"] = 200, document(title=_ODD)
    api.answers[f"GET /v1/documents/{ID}/similar"] = _found(_hit(document_id=_OTHER))
    app = draw("search", like=ID, passage=_OTHER)
    assert f'Documents like a passage of <a href="/document?id={ID}"' in html(app)
    assert "Late</mark> fees are due." in html(app)
    assert "<img" not in html(app)
    assert [button.label for button in app.button] == ["Search"]


def test_a_document_leads_to_what_is_like_it(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/documents/{ID}"] = 200, document()
    api.answers[f"GET /v1/documents/{ID}/text"] = _text("Late fees are due.")
    assert f'href="/?like={ID}"' in html(draw("document", id=ID))


def test_what_is_like_a_document_that_is_gone_is_not_here(api: FakeApi, draw: Draw) -> None:
    assert "Not here" in html(draw("search", like=_OTHER))


def test_malformed_metadata_are_told_without_asking(api: FakeApi, draw: Draw) -> None:
    assert "name = value" in html(draw("search", q="late", metadata="2024"))
    assert [call for call, _ in api.asked] == ["GET /v1/collections"]


def test_a_problem_is_told_in_its_own_sentence(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = 400, problem(400, "The cursor belongs to <another> search.")
    assert "The cursor belongs to &lt;another&gt; search." in html(draw("search", q="late"))


def test_an_api_that_is_away_is_told_and_can_be_tried_again(api: FakeApi, draw: Draw) -> None:
    api.is_away = True
    app = draw("documents")
    assert "does not answer" in html(app)
    api.is_away = False
    api.answers[f"GET /v1/collections/{ID}/documents"] = 200, page([document()])
    app.button(key="ibid_retry").click().run()
    assert "A title" in html(app)


def test_the_document_opens_with_its_span_marked(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/documents/{ID}"] = 200, document()
    api.answers[f"GET /v1/documents/{ID}/text"] = _text("one <b>two</b> three")
    drawn = html(draw("document", id=ID, version="1", start="4", end="14"))
    marked = '<mark id="ibid-place" tabindex="-1">&lt;b&gt;two&lt;/b&gt;</mark>'
    assert f"one {marked} three" in drawn


def test_a_long_document_is_read_window_by_window(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/documents/{ID}"] = 200, document()
    middle = {"start": 6_000, "end": 6_005, "length": 20_000}
    api.answers[f"GET /v1/documents/{ID}/text"] = _text("hello", pages=[], **middle)
    drawn = html(draw("document", id=ID, **{"from": "6000"}))
    assert f'href="/document?id={ID}&amp;version=1&amp;from=0"' in drawn
    assert f'href="/document?id={ID}&amp;version=1&amp;from=6005"' in drawn


def test_a_pdf_shows_the_page_of_the_span(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/documents/{ID}"] = 200, document(media_type="application/pdf")
    api.answers[f"GET /v1/documents/{ID}/text"] = _text("one two three")
    drawn = html(draw("document", id=ID, start="4", end="7"))
    assert f'src="/page/{ID}/1.png?version=1&amp;highlight=4-7"' in drawn


def test_a_failed_document_says_why_and_can_be_tried_again(api: FakeApi, draw: Draw) -> None:
    failed = document(status="failed", failure="It is <damaged>.", published_version=None)
    api.answers[f"GET /v1/documents/{ID}"] = 200, failed
    api.answers[f"GET /v1/documents/{ID}/text"] = 409, problem(409, "Not read yet.")
    api.answers[f"POST /v1/jobs/{ID}/retry"] = 200, job(state="pending")
    app = draw("document", id=ID)
    assert "It is &lt;damaged&gt;." in html(app)
    app.button(key="ibid_retry_document").click().run()
    assert f"POST /v1/jobs/{ID}/retry" in [call for call, _ in api.asked]


def test_a_reader_of_an_old_version_is_told(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/documents/{ID}"] = 200, document(version=2, published_version=2)
    api.answers[f"GET /v1/documents/{ID}/text"] = _text("old")
    assert "You are reading version 1." in html(draw("document", id=ID, version="1"))


@pytest.mark.parametrize("params", [{}, {"id": "no-id"}, {"id": ID}])
def test_a_document_that_is_not_there_is_no_failure(draw: Draw, params: dict[str, str]) -> None:
    app = draw("document", **params)
    assert not app.exception
    assert "ibid-empty" in html(app)


def test_documents_are_deleted_only_after_a_question(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/collections/{ID}/documents"] = 200, page([document(title=_ODD)])
    app = draw("documents")
    app.button(key=f"ibid_delete_{ID}").click().run()
    assert "There is no way back." in html(app)
    assert app.button(key="ibid_delete_now").label == "Delete the document"
    assert [call for call, _ in api.asked if call.startswith("DELETE")] == []


def test_documents_are_listed_by_their_status(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/collections/{ID}/documents"] = 200, page([document()], "abc")
    app = draw("documents", status="ready")
    assert f"/documents?collection={ID}&amp;status=ready&amp;cursor=abc" in html(app)


def test_a_collection_with_documents_goes_only_by_its_name(api: FakeApi, draw: Draw) -> None:
    app = draw("collections")
    app.button(key=f"ibid_delete_{ID}").click().run()
    assert "2 documents" in html(app)
    assert app.text_input[0].label == "To be sure, type the collection’s name"
    assert [call for call, _ in api.asked if call.startswith("DELETE")] == []


def test_without_a_collection_the_pages_lead_to_one(api: FakeApi, draw: Draw) -> None:
    api.answers["GET /v1/collections"] = 200, page([])
    for name in ("documents", "upload"):
        assert 'href="/collections"' in html(draw(name))


def _shown(app: AppTest) -> tuple[Any, Any]:
    """The collection that is chosen, and the one that the address names."""
    named = app.query_params.get("collection")
    return app.selectbox[0].value, named[0] if isinstance(named, list) else named


def _uploader(app: AppTest) -> str:
    [found] = app.get("bidi_component")
    return str(found.proto.id)


def test_uploads_go_where_the_address_says(api: FakeApi, draw: Draw) -> None:
    api.answers["GET /v1/collections"] = 200, page([collection(), _ZINES])
    app = draw("upload", collection=_OTHER)
    assert _shown(app) == (UUID(_OTHER), _OTHER)
    assert _OTHER in _uploader(app)


def test_a_collection_that_grows_stays_the_one_that_is_shown(api: FakeApi, draw: Draw) -> None:
    api.answers["GET /v1/collections"] = 200, page([collection(), _ZINES])
    app = draw("upload", collection=_OTHER)
    for documents in range(1, 4):
        grown = {**_ZINES, "documents": documents}
        api.answers["GET /v1/collections"] = 200, page([collection(), grown])
        app.run()
        assert _shown(app) == (UUID(_OTHER), _OTHER)
        assert _OTHER in _uploader(app)


def test_a_collection_that_is_renamed_stays_the_one_that_is_shown(api: FakeApi, draw: Draw) -> None:
    api.answers["GET /v1/collections"] = 200, page([collection(), _ZINES])
    app = draw("upload", collection=_OTHER)
    for name in ("Another", "A third"):
        api.answers["GET /v1/collections"] = 200, page([collection(), {**_ZINES, "name": name}])
        app.run()
        assert _shown(app) == (UUID(_OTHER), _OTHER)


def test_an_address_without_a_collection_shows_the_same_one_at_every_drawing(
    api: FakeApi, draw: Draw
) -> None:
    app = draw("upload")
    api.answers["GET /v1/collections"] = 200, page([collection(), {**_ZINES, "name": "Abacus"}])
    assert _shown(app.run()) == (UUID(ID), None)


@pytest.mark.parametrize("named", [_OTHER, "Papers (0)", "no-id"])
@pytest.mark.parametrize("name", ["upload", "documents"])
def test_no_collection_stands_in_for_one_that_is_not_there(
    api: FakeApi, draw: Draw, name: str, named: str
) -> None:
    app = draw(name, collection=named)
    assert "This collection is not here" in html(app)
    assert app.get("bidi_component") == []
    assert _shown(app) == (None, named)
    app.selectbox[0].set_value(UUID(ID)).run()
    assert _shown(app) == (UUID(ID), ID)


def test_a_collection_beyond_those_listed_is_shown(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/collections/{_OTHER}"] = 200, _ZINES
    assert _shown(draw("upload", collection=_OTHER)) == (UUID(_OTHER), _OTHER)


def test_the_ledger_offers_what_can_be_done(api: FakeApi, draw: Draw) -> None:
    running = job(id=ID.replace("1", "2"), state="running", progress=0.5, stage="embed")
    api.answers["GET /v1/jobs"] = 200, page([job(state="failed", error="It is damaged."), running])
    api.answers[f"GET /v1/documents/{ID}"] = 200, document()
    app = draw("activity")
    assert "It is damaged." in html(app)
    assert "embed, 50 %" in html(app)
    assert [button.label for button in app.button] == ["Try again", "Cancel"]


_EVALUATION = {
    "id": ID,
    "name": "shelf (test)",
    "a": {
        "configuration": "hybrid",
        "measures": {"nDCG@10": {"mean": 0.8, "low": 0.7, "high": 0.9}},
    },
    "b": {
        "configuration": "lexical",
        "measures": {"nDCG@10": {"mean": 0.6, "low": 0.5, "high": 0.7}},
    },
    "difference": {"nDCG@10": {"mean": 0.2, "low": 0.1, "high": 0.3}},
    "queries": 1,
    "created_at": "2026-11-23T12:00:00Z",
}


def test_the_history_leads_to_each_evaluation(api: FakeApi, draw: Draw) -> None:
    api.answers["GET /v1/evaluations"] = 200, page([_EVALUATION])
    drawn = html(draw("evaluations"))
    assert f'href="/evaluations?id={ID}"' in drawn
    assert "0.800" in drawn
    assert "<strong>+0.200</strong>" in drawn


def test_without_an_evaluation_the_page_says_how_to_make_one(api: FakeApi, draw: Draw) -> None:
    api.answers["GET /v1/evaluations"] = 200, page([])
    assert "ibid eval run" in html(draw("evaluations"))


def test_an_evaluation_shows_what_each_side_returned(api: FakeApi, draw: Draw) -> None:
    returned = {"document_id": ID, "title": _ODD, "relevance": 1, "rank_a": None, "rank_b": 3}
    query = {
        "id": "q1",
        "text": _ODD,
        "margin": -0.5,
        "a": {"nDCG@10": 0.0},
        "b": {"nDCG@10": 0.5},
        "documents": [returned],
    }
    api.answers[f"GET /v1/evaluations/{ID}"] = 200, _EVALUATION
    api.answers[f"GET /v1/evaluations/{ID}/queries"] = 200, page([query], "more")
    drawn = html(draw("evaluations", id=ID))
    assert "<img" not in drawn
    assert drawn.count(_ODD_HTML) == 2
    assert "<td>1</td><td>–</td><td>3</td>" in drawn
    assert f'href="/evaluations?id={ID}&amp;cursor=more"' in drawn


def test_an_evaluation_shows_what_was_reached_in_each_collection(api: FakeApi, draw: Draw) -> None:
    reached = {
        "queries": 1,
        "a": {"nDCG@10": {"mean": 0.25, "low": 0.2, "high": 0.3}},
        "b": {"nDCG@10": {"mean": 0.5, "low": 0.4, "high": 0.6}},
        "difference": {"nDCG@10": {"mean": -0.25, "low": -0.3, "high": -0.2}},
    }
    gone = "01890000-0000-7000-8000-000000000002"
    api.answers["GET /v1/collections"] = 200, page([collection(name=_ODD)])
    kept = [{"collection_id": one, **reached} for one in (ID, gone)]
    api.answers[f"GET /v1/evaluations/{ID}"] = 200, {**_EVALUATION, "collections": kept}
    api.answers[f"GET /v1/evaluations/{ID}/queries"] = 200, page([])
    drawn = html(draw("evaluations", id=ID))
    assert drawn.count("<summary>") == 1
    assert f"<summary><bdi>{_ODD_HTML}</bdi> " in drawn
    assert "A <bdi>nDCG@10</bdi> 0.250" in drawn
    assert "<strong>-0.250</strong>" in drawn


def test_a_thumb_judges_the_document(api: FakeApi, draw: Draw) -> None:
    api.answers["POST /v1/search"] = _found(_hit())
    app = draw("search", q="late fees")
    app.button(key=f"ibid_thumb_{ID}_0").click().run()
    [judged] = [body for call, body in api.asked if call == "POST /v1/judgements"]
    assert msgspec.json.decode(judged) == {
        "query": "late fees",
        "document_id": ID,
        "relevance": 0,
        "origin": "thumb",
        "version": 3,
        "passage_id": ID,
    }


def test_opening_a_hit_counts_once(api: FakeApi, draw: Draw) -> None:
    api.answers[f"GET /v1/documents/{ID}"] = 200, document()
    api.answers[f"GET /v1/documents/{ID}/text"] = _text("Late fees are due.")
    app = draw("document", id=ID, version="1", start="0", end="4", q="late fees")
    app.run()
    judged = [body for call, body in api.asked if call == "POST /v1/judgements"]
    assert [msgspec.json.decode(body)["origin"] for body in judged] == ["click"]

from typing import Any

import pytest

from api.conftest import Service
from libs.embedding import EmbeddingFailed
from libs.testing.embedding import HashingEmbedder

TEXT = "Ä𝄞 The notice period is three months.\n\nThe garden is green.\n\nA period of calm."


async def search(service: Service, **body: Any) -> dict[str, Any]:
    response = await service.owner.post("/v1/search", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_a_hit_says_where_it_stands(service: Service) -> None:
    received = await service.shelf.add(TEXT, title="Contract", metadata={"year": 2026})
    hit = (await search(service, query="notice period"))["hits"][0]
    assert hit["document_id"] == str(received.document_id)
    assert (hit["version"], hit["page"], hit["title"]) == (1, 1, "Contract")
    assert hit["metadata"] == {"year": 2026}
    assert hit["text"] == TEXT[hit["start"] : hit["end"]]
    marked = [hit["text"][start:end] for start, end in hit["highlights"]]
    assert marked == ["notice", "period"]
    assert "scores" not in hit or hit["scores"] is None
    window = await service.owner.get(
        f"/v1/documents/{hit['document_id']}/text",
        params={"start": hit["start"], "end": hit["end"]},
    )
    assert window.json()["text"] == hit["text"]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
async def test_an_explanation_tells_both_sides(service: Service, mode: str) -> None:
    await service.shelf.add(TEXT)
    found = await search(service, query="notice period", mode=mode, explain=True)
    scores = found["hits"][0]["scores"]
    assert (scores["lexical"] is None) == (mode == "semantic")
    assert (scores["semantic"] is None) == (mode == "lexical")
    assert found["explanation"]["mode"] == mode
    assert found["explanation"]["words"] == ["notice", "period"]


async def test_pages_follow_each_other_without_gap_or_double(service: Service) -> None:
    await service.shelf.add("\n\n".join(f"lantern number {n} is lit" for n in range(25)))
    whole = await search(service, query="lantern", limit=100)
    ids: list[str] = []
    cursor = None
    while True:
        page = await search(service, query="lantern", limit=7, cursor=cursor)
        ids += [hit["passage_id"] for hit in page["hits"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert ids == [hit["passage_id"] for hit in whole["hits"]]
    assert len(set(ids)) == whole["total_estimate"] == 25


async def test_a_cursor_of_another_search_is_refused(service: Service) -> None:
    await service.shelf.add("\n\n".join(f"lantern number {n} is lit" for n in range(5)))
    cursor = (await search(service, query="lantern", limit=2))["next_cursor"]
    other = {"query": "number", "limit": 2, "cursor": cursor}
    assert (await service.owner.post("/v1/search", json=other)).status_code == 400


async def test_collections_and_filters_narrow(service: Service) -> None:
    received = await service.shelf.add(TEXT, metadata={"year": 2026, "tags": ["a", "b"]})
    other = (await service.create_collection("Empty"))["id"]
    query = "notice"

    async def count(**body: Any) -> int:
        return len((await search(service, query=query, **body))["hits"])

    everything = await count()
    assert await count(collections=[str(service.shelf.collection.id)]) == everything > 0
    assert await count(collections=[other]) == 0
    assert await count(collections=[]) == 0
    assert await count(filters={"metadata": {"tags": ["b"]}}) == everything
    assert await count(filters={"metadata": {"year": 1999}}) == 0
    assert await count(filters={"documents": [str(received.document_id)]}) == everything
    assert await count(filters={"documents": [other]}) == 0
    assert await count(filters={"media_types": ["text/plain"]}) == everything
    assert await count(filters={"media_types": ["application/pdf"]}) == 0
    assert await count(filters={"created_after": "2001-01-01T00:00:00Z"}) == everything
    assert await count(filters={"created_before": "2001-01-01T00:00:00Z"}) == 0


async def test_operators_hold_and_are_told(service: Service) -> None:
    await service.shelf.add(TEXT, title="Contract", metadata={"year": 2026})
    found = await search(
        service, query='"notice period" OR garden* year:2026 -calm title:contract', explain=True
    )
    assert sorted(hit["text"][:10] for hit in found["hits"]) == ["The garden", "Ä𝄞 The not"]
    told = found["explanation"]
    assert told["required"] == ['"notice period" OR garden*']
    assert (told["excluded"], told["fields"]) == (["calm"], ["year:2026", "title:contract"])
    for hit in found["hits"]:
        [[start, end]] = hit["highlights"]
        assert hit["text"][start:end] in ("notice period", "garden")


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
async def test_fields_alone_give_a_list_with_pages(service: Service, mode: str) -> None:
    for number in range(5):
        await service.shelf.add(f"{TEXT} {number}", title=f"{number}")
    first = await search(service, query="type:txt -title:3", mode=mode, limit=2)
    cursor = first["next_cursor"]
    second = await search(service, query="type:txt -title:3", mode=mode, limit=2, cursor=cursor)
    titles = [hit["title"] for hit in first["hits"] + second["hits"]]
    assert (titles, second["next_cursor"]) == (["4", "2", "1", "0"], None)


async def test_too_many_operators_are_a_problem(service: Service) -> None:
    query = " ".join(f"-word{number}" for number in range(33))
    response = await service.owner.post("/v1/search", json={"query": query})
    assert response.status_code == 400
    assert response.json()["type"].endswith("too-many-conditions")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"query": " \n"}, 400),
        ({"query": "x" * 4_001}, 400),
        ({"query": "a", "limit": 0}, 400),
        ({"query": "a", "limit": "5"}, 400),
        ({"query": "a", "mode": "psychic"}, 400),
        ({"query": "a", "colour": "red"}, 400),
        ({"query": "a", "filters": {"colour": "red"}}, 400),
        ({"query": "a", "collections": ["x"]}, 400),
        ({"query": "a", "cursor": "x"}, 400),
        ({"query": "a\0"}, 400),
    ],
)
async def test_a_malformed_search_is_a_problem(
    service: Service, body: dict[str, Any], status: int
) -> None:
    assert (await service.owner.post("/v1/search", json=body)).status_code == status


async def test_a_search_leaves_its_mark_in_the_metrics(service: Service) -> None:
    await search(service, query="nothing of the kind")
    metrics = (await service.anonymous.get("/metrics")).text
    assert "ibid_search_zero_hits_total 1.0" in metrics
    assert 'ibid_search_duration_seconds_count{stage="total"} 1.0' in metrics
    assert 'ibid_http_requests_total{method="POST",route="/v1/search",status="200"} 1.0' in metrics
    assert "nothing of the kind" not in metrics


async def test_words_are_completed_and_likes_are_found(service: Service) -> None:
    first = await service.shelf.add(TEXT, title="Contract")
    await service.shelf.add(f"{TEXT}\n\nAnother notice period.", title="Other")
    found = (await service.owner.get("/v1/completions", params={"text": "the noti"})).json()
    assert found["items"] == [{"text": "the notice", "documents": 2}]
    path = f"/v1/documents/{first.document_id}/similar"
    assert [hit["title"] for hit in (await service.owner.get(path)).json()["hits"]] == ["Other"]
    assert (await service.stranger.get(path)).status_code == 404
    params = {"passage_id": str(first.document_id)}
    assert (await service.owner.get(path, params=params)).status_code == 404
    hidden = await service.stranger.get("/v1/completions", params={"text": "noti"})
    assert hidden.json()["items"] == []


async def test_facets_sum_to_the_total(service: Service) -> None:
    await service.shelf.add(TEXT, metadata={"author": "Ann"})
    await service.shelf.add("A notice.", title="other")
    names = ["collection", "media_type", "language", "author", "date", "metadata.year"]
    found = await search(service, query="notice", facets=names, limit=1)
    assert {name: sum(counts.values()) for name, counts in found["facets"].items()} == (
        dict.fromkeys(names, found["total_estimate"])
    )


async def test_a_misspelt_query_is_corrected_and_told(service: Service) -> None:
    await service.shelf.add(TEXT)
    found = await search(service, query="notiec periods", explain=True)
    assert found["did_you_mean"] == "notice periods"
    assert found["explanation"]["corrections"] == {"notiec": "notice"}
    assert "“notice”" in found["hits"][0]["why"]


async def test_a_field_whose_value_is_none_is_told(service: Service) -> None:
    await service.shelf.add(TEXT)
    found = await search(service, query="notice before:christmas")
    assert found["notes"] == [
        "before:christmas was read as words, as before: takes a year, a month or a day,"
        " such as 2024-05-31."
    ]
    assert found["hits"]


async def test_a_likelier_query_is_suggested(service: Service) -> None:
    await service.shelf.add("The notiec was lost.")
    for number in range(10):
        await service.shelf.add(f"Notice {number}.")
    found = await search(service, query="notiec")
    assert (found["suggestion"], found["did_you_mean"]) == ("notice", None)


async def test_a_model_that_gives_no_vector_is_told(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise EmbeddingFailed

    await service.shelf.add(TEXT)
    monkeypatch.setattr(HashingEmbedder, "embed_query", fail)
    response = await service.owner.post("/v1/search", json={"query": "notice"})
    assert response.status_code == 503
    assert "lexical" in response.json()["detail"]
    assert (await search(service, query="notice", mode="lexical"))["hits"]

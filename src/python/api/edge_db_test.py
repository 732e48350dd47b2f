from pathlib import Path

from api.conftest import Service

_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}


async def test_unknown_addresses_are_problems_and_share_one_label(service: Service) -> None:
    for path in ("/nowhere", "/v1/nowhere", "/v1/collections/x/y", "/schema/nowhere"):
        response = await service.anonymous.get(path)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["trace_id"]
    metrics = (await service.anonymous.get("/metrics")).text
    assert 'route="unmatched",status="404"} 4.0' in metrics
    assert "nowhere" not in metrics


async def test_ids_and_odd_methods_make_no_labels(service: Service) -> None:
    identifier = service.shelf.collection.id
    await service.owner.get(f"/v1/collections/{identifier}")
    await service.owner.request("BREW", "/v1/collections")
    metrics = (await service.anonymous.get("/metrics")).text
    assert 'route="/v1/collections/{collection_id}"' in metrics
    assert str(identifier) not in metrics
    assert "BREW" not in metrics


async def test_a_draining_service_sends_its_clients_elsewhere(
    service: Service, tmp_path: Path
) -> None:
    ready = await service.anonymous.get("/readyz")
    assert (ready.status_code, ready.headers.get("connection")) == (200, None)
    service.parts.drain.set()
    assert (await service.anonymous.get("/readyz")).status_code == 503
    for path in ("/healthz", "/v1/auth/whoami", "/nowhere"):
        response = await service.owner.get(path)
        assert response.headers["connection"] == "close"
    assert (await service.owner.get("/v1/auth/whoami")).status_code == 200


async def test_the_caller_s_trace_goes_on(service: Service) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    response = await service.anonymous.get(
        "/nowhere", headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    )
    assert response.json()["trace_id"] == trace_id


async def test_an_upload_s_job_carries_its_trace(service: Service) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    await service.owner.post(
        service.documents,
        files={"file": ("a.txt", b"hello")},
        headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"},
    )
    lease = await service.claim()
    assert lease.traceparent is not None
    assert lease.traceparent.split("-")[1] == trace_id


async def test_the_schema_is_read_without_a_key_and_loads_nothing_from_elsewhere(
    service: Service,
) -> None:
    document = (await service.anonymous.get("/schema/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    page = await service.anonymous.get("/schema")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for outside in ("http://", "https://", "src=", "@import"):
        assert outside not in page.text


async def test_a_path_tells_all_its_methods(service: Service) -> None:
    path = f"/v1/collections/{service.shelf.collection.id}"
    options = await service.owner.options(path)
    refused = await service.owner.put(path)
    for response in (options, refused):
        assert set(response.headers["allow"].split(", ")) == _METHODS


async def test_head_is_get_without_the_body(service: Service) -> None:
    collection = f"/v1/collections/{service.shelf.collection.id}"
    for path in ("/healthz", "/schema", "/schema/openapi.json", collection, "/v1/collections/x"):
        got, head = await service.owner.get(path), await service.owner.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.headers["content-length"] == str(len(got.content))
    assert (await service.anonymous.head(collection)).status_code == 401
    assert (await service.owner.head("/v1/search")).status_code == 405
    metrics = (await service.anonymous.get("/metrics")).text
    assert 'method="HEAD",route="/healthz",status="200"} 1.0' in metrics


async def test_head_of_a_stream_ends(service: Service) -> None:
    uploaded = await service.owner.post(service.documents, files={"file": ("a.txt", b"hello")})
    job = uploaded.json()["job"]["id"]
    head = await service.owner.head(f"/v1/jobs/{job}/events")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")


async def test_head_is_not_in_the_description(service: Service) -> None:
    document = (await service.anonymous.get("/schema/openapi.json")).json()
    assert not [path for path, operations in document["paths"].items() if "head" in operations]

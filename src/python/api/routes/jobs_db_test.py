import json

from api.conftest import Service
from api.events import job_events
from api.tenancy import Tenant
from libs.accounts import authenticate, parse_token
from libs.jobs import Jobs, Leases, Stage


async def test_jobs_are_listed_newest_first_and_by_state(service: Service) -> None:
    jobs = [(await service.upload(b"%d" % n)).json()["job"]["id"] for n in range(3)]
    await service.finish(await service.claim())

    async def listed(**parameters: str | int) -> list[str]:
        response = await service.owner.get("/v1/jobs", params=parameters)
        return [job["id"] for job in response.json()["items"]]

    assert await listed() == jobs[::-1]
    assert await listed(state="done") == jobs[:1]
    assert await listed(state="pending", limit=1) == jobs[2:]
    document = (await service.owner.get(f"/v1/jobs/{jobs[1]}")).json()["document_id"]
    assert await listed(document_id=document) == jobs[1:2]
    assert await listed(collection_id=str(service.shelf.collection.id)) == jobs[::-1]
    first = (await service.owner.get("/v1/jobs", params={"limit": 2})).json()
    assert await listed(cursor=first["next_cursor"]) == jobs[:1]
    unknown = await service.owner.get("/v1/jobs", params={"state": "lost"})
    assert unknown.status_code == 400
    assert unknown.json()["detail"].startswith("state: ")


async def test_a_parameter_that_no_call_takes_is_refused(service: Service) -> None:
    response = await service.owner.get("/v1/jobs", params={"status": "done"})
    assert response.status_code == 400
    assert "“status”" in response.json()["detail"]


async def test_a_failed_job_is_retried_and_rung_again(service: Service) -> None:
    job = (await service.upload(b"hello")).json()["job"]
    path = f"/v1/jobs/{job['id']}"
    assert (await service.owner.post(f"{path}/retry")).status_code == 409
    await service.fail(await service.claim())
    failed = (await service.owner.get(path)).json()
    assert (failed["state"], failed["error"]) == ("failed", "The document is damaged.")
    retried = await service.owner.post(f"{path}/retry")
    assert (retried.status_code, retried.json()["state"]) == (200, "pending")
    assert len(service.bell.rung) == 2


async def test_a_waiting_job_is_cancelled_and_a_done_one_is_not(service: Service) -> None:
    job = (await service.upload(b"hello")).json()["job"]
    cancelled = await service.owner.post(f"/v1/jobs/{job['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    done = (await service.upload(b"world")).json()["job"]
    await service.finish(await service.claim())
    assert (await service.owner.post(f"/v1/jobs/{done['id']}/cancel")).status_code == 409


async def test_progress_grows_with_the_stages(service: Service) -> None:
    job = (await service.upload(b"hello")).json()["job"]
    lease = await service.claim()
    seen = [job["progress"]]
    for stage, done in ((Stage.SPLIT, 0), (Stage.EMBED, 0), (Stage.EMBED, 5), (Stage.PUBLISH, 0)):
        async with service.work(lease) as connection:
            await Leases(connection).advance(lease, stage)
            await Leases(connection).progress(lease, done, 10)
        seen.append((await service.owner.get(f"/v1/jobs/{job['id']}")).json()["progress"])
    await service.finish(lease)
    seen.append((await service.owner.get(f"/v1/jobs/{job['id']}")).json()["progress"])
    assert seen == sorted(set(seen))
    assert (seen[0], seen[-1]) == (0.0, 1.0)


async def test_events_tell_every_change_once_and_end_with_the_job(service: Service) -> None:
    await service.upload(b"hello")
    lease = await service.claim()
    async with service.parts.pool.connection() as connection:
        credentials = parse_token(service.tokens[0])
        principal = await authenticate(connection, credentials)
    tenant = Tenant(principal, credentials, service.parts.pool)
    async with tenant.transaction() as connection:
        job = await Jobs(connection).get(lease.job_id)
    events = aiter(job_events(tenant, job, service.parts.drain, poll_seconds=0.01))
    assert _job(await anext(events))["state"] == "running"
    async with service.work(lease) as connection:
        await Leases(connection).heartbeat(lease)
        await Leases(connection).advance(lease, Stage.SPLIT)
    assert _job(await anext(events))["stage"] == "split"
    await service.finish(lease)
    assert [_job(event)["state"] async for event in events] == ["done"]


async def test_events_end_when_the_document_is_deleted(service: Service) -> None:
    uploaded = (await service.upload(b"hello")).json()
    await service.owner.delete(f"/v1/documents/{uploaded['document']['id']}")
    gone = await service.owner.get(f"/v1/jobs/{uploaded['job']['id']}/events")
    assert gone.status_code == 404


def _job(event: bytes) -> dict[str, object]:
    name, data, *rest = event.decode().split("\n")
    assert (name, rest) == ("event: job", ["", ""])
    job: dict[str, object] = json.loads(data.removeprefix("data: "))
    return job

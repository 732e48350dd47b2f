"""Bring the documents of a judged set into a collection."""

import asyncio
import io
from collections.abc import Callable, Sequence
from uuid import UUID

from ibid_client import AsyncClient
from ibid_contract import JobState
from libs.errors import Rejected
from libs.evaluation.judged import JudgedDocument

_UPLOADS_AT_A_TIME = 4


async def upload_all(
    client: AsyncClient,
    collection_id: UUID,
    documents: Sequence[JudgedDocument],
    sent: Callable[[], None],
) -> None:
    places = asyncio.Semaphore(_UPLOADS_AT_A_TIME)

    async def one(document: JudgedDocument) -> None:
        lang = {} if document.lang is None else {"lang": document.lang}
        async with places:
            await client.upload(
                collection_id,
                io.BytesIO(document.text.encode()),
                file_name="judged.txt",
                external_id=document.id,
                title=document.title.strip() or document.id,
                metadata={**document.metadata, **lang},
            )
        sent()

    try:
        async with asyncio.TaskGroup() as group:
            for document in documents:
                group.create_task(one(document))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def await_jobs(client: AsyncClient, collection_id: UUID) -> None:
    """Return when all can be found. Raises Rejected when a document could not be read."""
    for state in (JobState.PENDING, JobState.RUNNING, JobState.PENDING, JobState.RUNNING):
        async for job in client.jobs(collection_id=collection_id, state=state, limit=200):
            async for _ in client.job_events(job.id):
                pass
    page = await client.list_jobs(collection_id=collection_id, state=JobState.FAILED, limit=1)
    if page.items:
        raise Rejected(f"a document could not be read: {page.items[0].error}")

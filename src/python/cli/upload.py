"""The command ``upload``: what it prints, and when."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from cli import named_collections, sources
from cli.parts import Parts
from cli.progress import progress
from cli.text import printable
from cli.uploads import Outcome, Report, Uploads
from ibid_contract import Collection


class _Upload(msgspec.Struct, frozen=True):
    """A document in the command's JSON."""

    path: str
    external_id: str
    outcome: Outcome
    document_id: UUID | None
    version: int | None
    reason: str | None


class _Uploads(msgspec.Struct, frozen=True):
    """The command's JSON."""

    collection: Collection
    documents: list[_Upload]
    counts: dict[str, int]


def upload(
    parts: Parts,
    paths: Sequence[Path],
    collection_name: str,
    *,
    parallel: int,
    wait: bool,
    as_json: bool,
) -> bool:
    """Upload what the paths hold and print what became of it; False if something failed."""
    settings = parts.settings()
    found = sources.find(paths)
    with parts.connect(settings) as client:
        collection = named_collections.find_or_create(client, collection_name)
    with progress(len(found), wait=wait, as_json=as_json) as told:

        async def run() -> list[Report]:
            async with parts.connect_async(settings) as client:
                uploads = Uploads(client, collection.id, told, parallel=parallel, wait=wait)
                return await uploads.run(found)

        reports = asyncio.run(run())
    if as_json:
        print(msgspec.json.encode(_as_json(collection, reports)).decode())
    else:
        print(_summary(collection, reports))
    return all(report.outcome is not Outcome.FAILED for report in reports)


def _summary(collection: Collection, reports: Sequence[Report]) -> str:
    counts = _counts(reports)
    told = ", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number)
    return f"{told or 'no documents'} in the collection “{printable(collection.name)}”"


def _as_json(collection: Collection, reports: Sequence[Report]) -> _Uploads:
    documents = [
        _Upload(
            path=sources.well_formed(str(report.source.path)),
            external_id=report.source.external_id,
            outcome=report.outcome,
            document_id=report.document.id if report.document else None,
            version=report.document.version if report.document else None,
            reason=report.reason,
        )
        for report in reports
    ]
    return _Uploads(collection, documents, _counts(reports))


def _counts(reports: Sequence[Report]) -> dict[str, int]:
    counts = Counter(report.outcome for report in reports)
    return {outcome.value: counts[outcome] for outcome in Outcome}

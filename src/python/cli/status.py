"""The state of an installation, as the API key's owner sees it."""

from collections.abc import Iterable
from itertools import islice

import msgspec
from rich.console import Console
from rich.table import Table

from cli.parts import Parts
from cli.text import flat
from ibid_client import Client, IbidError
from ibid_contract import Collection, DocumentStatus, Identity, JobState

_NOT_REACHED = "not reached"

_MOST = 1000
"""Counting goes over the pages of a list, so it stops somewhere; the dashboard has the rest."""


class Service(msgspec.Struct, frozen=True):
    """``reasons`` says by part why a service is not ready."""

    name: str
    url: str
    status: str
    reasons: dict[str, str]


class CollectionStatus(msgspec.Struct, frozen=True):
    collection: Collection
    documents: dict[str, int]


class Status(msgspec.Struct, frozen=True):
    """Counts stop at 1000, except that of documents that are ready."""

    services: list[Service]
    workspace: Identity
    collections: list[CollectionStatus]
    jobs: dict[str, int]

    @property
    def is_ready(self) -> bool:
        """A dashboard that is not reached may not be there; the API has answered."""
        return all(service.status in ("ready", _NOT_REACHED) for service in self.services)


def ask(parts: Parts) -> Status:
    """Raises ConnectionFailed or Denied; a dashboard that does not answer is only not ready."""
    settings = parts.settings()
    with parts.connect(settings) as client, parts.client(settings.web_url, "") as web:
        return Status(
            services=[
                _service("api", str(settings.api_url), client),
                _service("web", str(settings.web_url), web),
            ],
            workspace=client.whoami(),
            collections=[_documents(client, one) for one in client.collections(limit=200)],
            jobs={state.value: _count(client.jobs(state=state, limit=200)) for state in JobState},
        )


def show(status: Status, console: Console) -> None:
    who = status.workspace
    console.print(f"workspace  {flat(who.workspace_name)} (key {flat(who.api_key_name)})")
    for service in status.services:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in service.reasons.items())
        line = f"{service.name:<10} {service.status}  {service.url}  {flat(reasons)}"
        console.print(line.rstrip(), soft_wrap=True)
    console.print(
        "jobs      ", ", ".join(f"{_shown(n)} {state}" for state, n in status.jobs.items())
    )
    table = Table("collection", box=None, pad_edge=False)
    for state in DocumentStatus:
        table.add_column(state.value, justify="right")
    for one in status.collections:
        table.add_row(flat(one.collection.name), *(str(n) for n in one.documents.values()))
    if status.collections:
        console.print()
        console.print(table)


def _service(name: str, url: str, client: Client) -> Service:
    try:
        answer = client.readiness()
    except IbidError as error:
        return Service(name, url, _NOT_REACHED, {"connection": str(error)})
    return Service(name, url, answer.status, answer.reasons)


def _documents(client: Client, collection: Collection) -> CollectionStatus:
    counts = dict.fromkeys((status.value for status in DocumentStatus), 0)
    for status in DocumentStatus:
        if status is not DocumentStatus.READY:
            found = client.documents(collection.id, status=status, limit=200)
            counts[status.value] = _count(found)
    counts[DocumentStatus.READY.value] = max(0, collection.documents - sum(counts.values()))
    return CollectionStatus(collection, counts)


def _count(items: Iterable[object]) -> int:
    return sum(1 for _ in islice(items, _MOST))


def _shown(number: int) -> str:
    return f"{number}+" if number == _MOST else str(number)

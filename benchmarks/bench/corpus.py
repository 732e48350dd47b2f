"""Fill an installation through its API, and read back what came of it."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg

from bench.system import System
from bench.texts import Writer
from ibid_client import Client

_PASSAGES_A_DOCUMENT = 40
_CLIENTS = 4


def fill(system: System, passages: int) -> tuple[float, list[str]]:
    """Upload documents of about so many passages, and wait until the last one can be found.

    Returns the seconds that it took, and the texts of all passages.
    """
    writer = Writer()
    documents = [writer.document() for _ in range(max(1, passages // _PASSAGES_A_DOCUMENT))]
    with system.client() as client:
        collection = client.create_collection(f"benchmark {time.time_ns()}").id
        began = time.perf_counter()
        with ThreadPoolExecutor(_CLIENTS) as threads:
            list(threads.map(lambda text: _upload(client, collection, text), documents))
    _wait(system)
    return time.perf_counter() - began, _texts(system)


def connect(
    system: System, workspace_id: UUID | None = None
) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as the services have, inside a workspace, or else the benchmark's own."""
    if workspace_id is None:
        with system.client() as client:
            workspace_id = client.whoami().workspace_id
    connection = psycopg.connect(system.database_url, autocommit=True, prepare_threshold=1)
    connection.execute("select set_config('ibid.workspace', %s, false)", (str(workspace_id),))
    return connection


def _upload(client: Client, collection: UUID, text: str) -> None:
    client.upload(collection, io.BytesIO(text.encode()), file_name="benchmark.md")


def _wait(system: System) -> None:
    with connect(system) as connection:
        while True:
            row = connection.execute(
                "select count(*) filter (where state in ('pending', 'running')),"
                " count(*) filter (where state = 'failed') from jobs"
            ).fetchone()
            assert row is not None
            if row[1]:
                raise SystemExit(f"{row[1]} documents failed")
            if row[0] == 0:
                return
            time.sleep(0.2)


def _texts(system: System) -> list[str]:
    with connect(system) as connection:
        rows = connection.execute("select text from passages order by id").fetchall()
    return [str(row[0]) for row in rows]

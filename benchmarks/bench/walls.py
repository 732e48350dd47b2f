"""What the walls between workspaces cost: the statements of a search as the services run them, and
as a superuser without row-level security, by the same functions with the caller's rights.

Runs after ``scale``, in its workspace, query by query in turn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from pgvector.psycopg import register_vector

from bench.bulk import Owner, connect_owner
from bench.corpus import connect
from bench.search import run_statements, timed
from bench.system import System
from bench.texts import Writer
from libs.embedding import DEFAULT_MODEL, Embedder

_WARM_UP, _QUERIES = 30, 300
_FUNCTIONS = """
    select p.oid::regprocedure::text, pg_get_functiondef(p.oid) from pg_proc p
     where p.pronamespace = 'public'::regnamespace and p.prosecdef
"""


def run(system: System, passages: int) -> None:
    with TemporaryDirectory() as folder:
        embedder = Embedder.load(DEFAULT_MODEL, Path(folder))
    walled: list[float] = []
    open_: list[float] = []
    with connect(system) as services, _without_walls(system, services) as superuser:
        register_vector(services)
        sides = [(services, walled), (superuser, open_)]
        for query in Writer(seed=10).queries(_WARM_UP + _QUERIES):
            vector = embedder.embed_query(query)
            # whoever comes second finds the rows in the processor's cache: each in turn
            sides.reverse()
            for connection, times in sides:
                times.append(timed(lambda: run_statements(connection, query, vector))[1])  # noqa: B023
    for name, times in (("with the walls", walled), ("without them", open_)):
        kept = times[_WARM_UP:]
        p95 = quantiles(kept, n=20)[-1]
        print(f"{name:22s} p50 {median(kept) * 1e3:7.2f} ms   p95 {p95 * 1e3:7.2f} ms")
    ratio = quantiles(walled[_WARM_UP:], n=20)[-1] / quantiles(open_[_WARM_UP:], n=20)[-1]
    print(f"p95 with them, to without      {ratio:.2f}   (target: at most 1.10)", flush=True)


@contextmanager
def _without_walls(system: System, services: Owner) -> Iterator[Owner]:
    """A superuser's connection whose search path has copies of the functions, while it lasts."""
    row = services.execute("select current_setting('ibid.workspace')").fetchone()
    assert row is not None
    with connect_owner(system) as owner:
        owner.execute("select set_config('ibid.workspace', %s, false)", [row[0]])
        owner.execute("create schema unwalled")
        try:
            for _, definition in owner.execute(_FUNCTIONS).fetchall():
                copied = (
                    str(definition)
                    .replace("FUNCTION public.", "FUNCTION unwalled.")
                    .replace(" SECURITY DEFINER", "")
                    .replace("TO 'pg_catalog', 'public'", "TO 'pg_catalog', 'unwalled', 'public'")
                )
                owner.execute(copied.encode())
            owner.execute("set search_path = unwalled, public")
            yield owner
        finally:
            owner.execute("drop schema unwalled cascade")

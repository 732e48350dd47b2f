"""Collections by the names that people know them by."""

from collections.abc import Iterable

from cli.failures import Failure
from cli.text import printable
from ibid_client import Client, Conflict
from ibid_contract import Collection


def find(client: Client, names: Iterable[str]) -> list[Collection]:
    """Raises Failure when there is no collection of one of the names."""
    wanted = list(names)
    known = {one.name: one for one in client.collections(limit=200)} if wanted else {}
    for name in wanted:
        if name not in known:
            others = ", ".join(f"“{printable(one)}”" for one in known) or "none"
            raise Failure(f"there is no collection “{name}”; there are: {others}")
    return [known[name] for name in wanted]


def find_or_create(client: Client, name: str) -> Collection:
    for _ in range(2):
        for collection in client.collections(limit=200):
            if collection.name == name:
                return collection
        try:
            return client.create_collection(name)
        except Conflict:
            continue  # somebody else has just made it
    raise Failure(f"the collection “{name}” comes and goes")

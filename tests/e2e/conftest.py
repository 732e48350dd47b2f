"""One running installation for all tests, with the documents under examples/ in it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from e2e.caller import Caller, Shelf
from e2e.installation import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Started with the demo, so that the collection “Examples” is there."""
    made = Installation(tmp_path_factory.mktemp("ibid"))
    try:
        done = made.up("--demo")
        assert done.returncode == 0, f"{done.stderr}\n{made.logs()}"
        yield made
    finally:
        made.down("--wipe")
        left = made.processes()
    assert left == []


@pytest.fixture(scope="session")
def caller(installation: Installation) -> Iterator[Caller]:
    """The owner, over plain HTTP."""
    with Caller(installation.api_url, installation.key) as made:
        yield made


@pytest.fixture
def shelf(caller: Caller) -> Shelf:
    """A new, empty collection."""
    return caller.make_shelf(f"Shelf {uuid4()}")


@pytest.fixture(scope="session")
def examples(caller: Caller) -> Shelf:
    """The collection that the demo has filled."""
    return caller.find_shelf("Examples")

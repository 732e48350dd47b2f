"""One installation for all tests of a run; those that need another make their own."""

import os
from collections.abc import Iterator

import pytest

from cluster import images, kube, report
from cluster.installation import Installation

NAMESPACE = "ibid-proof"


@pytest.fixture(scope="session", autouse=True)
def cluster() -> None:
    kube.require_cluster()
    images.bring()


@pytest.fixture(scope="session")
def installed(cluster: None) -> Iterator[tuple[Installation, str]]:
    """The chart with this build, where the restricted standard is enforced, and its schema."""
    kube.create_namespace(NAMESPACE)
    new = Installation(NAMESPACE)
    new.upgrade()
    yield new, new.schema()
    if not os.environ.get("IBID_CLUSTER_KEEP"):
        kube.delete_namespace(NAMESPACE)


@pytest.fixture(scope="session")
def installation(installed: tuple[Installation, str]) -> Installation:
    return installed[0]


@pytest.fixture(scope="session")
def first_schema(installed: tuple[Installation, str]) -> str:
    """The revision that the installation began with: any test may have upgraded it since."""
    return installed[1]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in report.lines():
        terminalreporter.write_line(line)

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
def installation(cluster: None) -> Iterator[Installation]:
    """The chart with this build, in a namespace that enforces the restricted standard."""
    kube.create_namespace(NAMESPACE)
    installed = Installation(NAMESPACE)
    installed.upgrade()
    yield installed
    if not os.environ.get("IBID_CLUSTER_KEEP"):
        kube.delete_namespace(NAMESPACE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in report.lines():
        terminalreporter.write_line(line)

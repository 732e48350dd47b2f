"""Who reaches whom, by real connections: all that the chart allows, and nothing else."""

from cluster import report
from cluster.installation import Installation, labels
from cluster.probe import PORTS, Probe, addresses, require_enforcement

_ALLOWED = {
    "api": {"postgres", "redis"},
    "orchestrator": {"postgres", "redis"},
    "web": {"api"},
    "migrate": {"postgres"},
    "test": {"api", "web"},
    "postgres": set[str](),
    "redis": set[str](),
    "stranger": set[str](),
}


def test_each_part_reaches_what_it_needs_and_nothing_else(installation: Installation) -> None:
    require_enforcement(installation)
    targets = addresses(installation)
    reached = {}
    for source in _ALLOWED:
        stranger = {"app.kubernetes.io/component": "stranger"}
        known = labels(installation.release, source)
        probe = Probe(installation.namespace, stranger if source == "stranger" else known)
        found = probe.reaches(targets)
        reached[source] = {target for target, is_open in found.items() if is_open}
    report.say(
        "Network policies, by connections",
        f"{'from':14}" + "".join(f"{target:14}" for target in PORTS),
        *(
            f"{source:14}" + "".join(f"{'yes' if to in found else '-':14}" for to in PORTS)
            for source, found in reached.items()
        ),
    )
    assert reached == _ALLOWED

"""Resident memory of the three services: idle, and when they have worked."""

import time

from bench.corpus import fill
from bench.search import CLIENTS, Caller, searches_a_second
from bench.system import SERVICES, System

_SETTLE_SECONDS = 15


def run(system: System, passages: int) -> None:
    """Pages that processes of a service share count for each of them."""
    time.sleep(_SETTLE_SECONDS)
    print("-- idle")
    idle = _print(system)
    print(f"{'together':14s} {sum(idle.values()):7.1f} MiB   (target: at most 600)")
    fill(system, passages)
    rate = searches_a_second(lambda: Caller(system).search)
    print(f"-- after {passages} passages and {rate:.0f} searches a second by {CLIENTS} clients")
    _print(system)
    print("target for api: at most 250 MB, which are 238.4 MiB")


def _print(system: System) -> dict[str, float]:
    """MiB of each service."""
    found = {}
    processes = system.processes()
    for service in SERVICES:
        found[service] = sum(process.memory_info().rss for process in processes[service]) / 2**20
        print(f"{service:14s} {found[service]:7.1f} MiB in {len(processes[service])} processes")
    return found

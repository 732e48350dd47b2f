"""Resident memory of the three services while nobody does anything."""

import time

from bench.system import SERVICES, System

_SETTLE_SECONDS = 15


def run(system: System, passages: int) -> None:
    time.sleep(_SETTLE_SECONDS)
    total = 0.0
    processes = system.processes()
    for service in SERVICES:
        mebibytes = sum(process.memory_info().rss for process in processes[service]) / 2**20
        total += mebibytes
        print(f"{service:14s} {mebibytes:7.1f} MiB in {len(processes[service])} processes")
    print(f"{'together':14s} {total:7.1f} MiB   (target: at most 600)")

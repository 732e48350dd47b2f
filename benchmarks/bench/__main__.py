"""``python -m bench NAME``: one benchmark."""

import argparse
from collections.abc import Callable

from bench import ingest, memory, search, upload
from bench.system import System, started

_BENCHMARKS: dict[str, Callable[[System, int], None]] = {
    "ingest": ingest.run,
    "search": search.run,
    "memory": memory.run,
    "upload": upload.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(_BENCHMARKS))
    parser.add_argument("--passages", type=int, default=10_000, help="size of the corpus")
    arguments = parser.parse_args()
    with started() as system:
        for name in arguments.names:
            print(f"== {name}", flush=True)
            _BENCHMARKS[name](system, arguments.passages)


if __name__ == "__main__":
    main()

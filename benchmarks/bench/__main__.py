"""``python -m bench NAME``: one benchmark."""

import argparse
from collections.abc import Callable
from pathlib import Path

from bench import (
    churn,
    completions,
    filters,
    ingest,
    memory,
    quality,
    rival,
    scale,
    search,
    tuning,
    upload,
    walls,
    worst,
)
from bench.system import System, started

_BENCHMARKS: dict[str, Callable[[System, int], None]] = {
    "ingest": ingest.run,
    "search": search.run,
    "scale": scale.run,
    "filters": filters.run,
    "walls": walls.run,
    "completions": completions.run,
    "churn": churn.run,
    "rival": rival.run,
    "memory": memory.run,
    "upload": upload.run,
    "worst": worst.run,
}
_JUDGED: dict[str, Callable[[System, Path], None]] = {"rival-judged": rival.run_judged}
_QUALITY = {
    "quality": quality.TEST,
    "quality-multilingual": quality.MULTILINGUAL,
    "quality-crosslingual": quality.CROSSLINGUAL,
    "quality-tuning": quality.TUNING,
}

_TUNING = "tuning"
"""Needs no installation."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    names = sorted({*_BENCHMARKS, *_JUDGED, *_QUALITY, _TUNING})
    parser.add_argument("names", nargs="+", choices=names)
    parser.add_argument("--passages", type=int, default=10_000, help="size of the corpus")
    parser.add_argument("--data", type=Path, help="the folder of the judged sets")
    parser.add_argument("--languages", nargs="+", metavar="LANG", help="only queries in these")
    arguments = parser.parse_args()
    if arguments.data is None and set(arguments.names) & {*_JUDGED, *_QUALITY, _TUNING}:
        parser.error("quality, tuning and rival-judged need --data")
    if _TUNING in arguments.names:
        tuning.run(arguments.data)
        arguments.names.remove(_TUNING)
    if not arguments.names:
        return
    with started() as system:
        for name in arguments.names:
            print(f"== {name}", flush=True)
            if name in _BENCHMARKS:
                _BENCHMARKS[name](system, arguments.passages)
            elif name in _JUDGED:
                _JUDGED[name](system, arguments.data)
            else:
                chosen = _QUALITY[name]
                if arguments.languages is not None:
                    chosen = tuple(one for one in chosen if one.asked in arguments.languages)
                quality.run(system, arguments.data, chosen)


if __name__ == "__main__":
    main()

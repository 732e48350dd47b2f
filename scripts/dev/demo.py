"""The first search, on the documents under examples/."""

import subprocess
import sys

from dev.config import ROOT, Config
from dev.errors import DevError

_QUERY = "Why did the foghorn stop without anyone noticing?"
_COLLECTION = "Examples"


def show_demo(config: Config) -> None:
    """Upload the examples, which is harmless to repeat, and show a search."""
    print("\nUploading the documents under examples/:", flush=True)
    folder = ROOT / "examples" / "documents"
    _cli(config, "upload", str(folder), "--collection", _COLLECTION, "--wait")
    print(f"\nSearching for “{_QUERY}”:", flush=True)
    _cli(config, "search", _QUERY, "--limit", "3")


def _cli(config: Config, *arguments: str) -> None:
    key = config.api_key.read_text().strip()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", *arguments],
        env=config.environment() | {"IBID_API_KEY": key},
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise DevError(f"the demo failed: ibid {arguments[0]} ended with {done.returncode}")

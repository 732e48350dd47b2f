"""The repository's files, and the programs that judge them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FILES = Path("helm/ibid/charts/monitoring/files")
RULES = FILES / "rules.yaml"
BOARDS = sorted((FILES / "dashboards").glob("*.json"))

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="no promtool is installed: it comes with Debian's package prometheus",
)


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def rules() -> list[dict[str, Any]]:
    """All rules, recording and alerting."""
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def board(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def panels(path: Path) -> list[dict[str, Any]]:
    """The panels that show something: no rows."""
    return [panel for panel in board(path)["panels"] if panel["type"] != "row"]


def queries(path: Path) -> list[str]:
    """Those of the panels and of the annotations."""
    shown = [target["expr"] for panel in panels(path) for target in panel["targets"]]
    return shown + [note["expr"] for note in board(path)["annotations"]["list"]]

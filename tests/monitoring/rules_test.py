"""The rules: valid, tried, described in the runbooks."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring import promql
from monitoring.exports import exported
from monitoring.tools import RULES, alerts, needs_promtool, promtool, recorded, rules

_CASES = Path("tests/monitoring/rules.yaml")
_RUNBOOKS = Path("docs/runbooks.md")


@needs_promtool
def test_prometheus_takes_the_rules() -> None:
    promtool("check", "rules", RULES)


@needs_promtool
def test_every_case_comes_out_as_it_says() -> None:
    promtool("test", "rules", _CASES)


@needs_promtool
def test_prometheus_takes_the_developers_configuration(tmp_path: Path) -> None:
    config = Path("compose/prometheus/prometheus.yml").read_text("utf-8")
    (tmp_path / "rules.yaml").write_bytes(RULES.read_bytes())
    copy = tmp_path / "prometheus.yml"
    copy.write_text(config.replace("/etc/prometheus/rules", str(tmp_path)), "utf-8")
    promtool("check", "config", copy)


def _names(of: str) -> dict[str, set[bool]]:
    """Return each alert with whether a case lets it fire, and whether one does not."""
    found: dict[str, set[bool]] = {}
    for case in yaml.safe_load(_CASES.read_text("utf-8"))["tests"]:
        expected = yaml.safe_dump([one["exp_samples"] for one in case["promql_expr_test"]])
        for name in re.findall(of, case["name"]):
            found.setdefault(name, set()).add(name in expected)
    return found


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_there_is_a_case_in_which_it_fires_and_one_in_which_not(alert: dict[str, Any]) -> None:
    assert _names(r"\bIbid\w+").get(alert["alert"]) == {True, False}


def test_no_case_names_an_alert_that_is_gone() -> None:
    assert set(_names(r"\bIbid\w+")) == {alert["alert"] for alert in alerts()}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_is_wrong_how_bad_it_is_and_where_to_read_on(
    alert: dict[str, Any],
) -> None:
    assert alert["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    notes = alert["annotations"]
    assert set(notes) == {"summary", "description", "runbook_url"}
    assert notes["runbook_url"] == f"docs/runbooks.md#{alert['alert'].lower()}"


def test_the_runbooks_have_a_section_for_each_alert_and_no_other() -> None:
    sections = re.findall(r"^### (Ibid\w+)$", _RUNBOOKS.read_text("utf-8"), re.MULTILINE)
    assert sections == [alert["alert"] for alert in alerts()]


@pytest.mark.parametrize("section", ["Means", "Look", "Do"])
def test_every_section_of_the_runbooks_has_its_parts(section: str) -> None:
    for text in _RUNBOOKS.read_text("utf-8").split("\n### ")[1:]:
        assert f"**{section}**" in text, text.partition("\n")[0]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_what_is_exported_or_recorded(rule: dict[str, Any]) -> None:
    known = exported()
    used = promql.metrics(rule["expr"])
    assert used
    assert used <= set(known) | recorded()
    labels = promql.labels(rule["expr"])
    assert labels <= {"instance", "job", "le", "namespace"}.union(
        *(known.get(name, frozenset()) for name in used)
    )

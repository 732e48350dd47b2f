"""The dashboards: complete, of one kind, and asking for nothing that is not there."""

from pathlib import Path

import pytest
import yaml

from monitoring import promql
from monitoring.exports import exported, ours
from monitoring.tools import (
    BOARDS,
    board,
    needs_promtool,
    panels,
    promtool,
    queries,
    recorded,
    rules,
)

_UIDS = {
    "ibid-overview",
    "ibid-requests",
    "ibid-search",
    "ibid-ingestion",
    "ibid-rollout",
}
_WIDTH = 24

each_board = pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)


def test_each_board_has_its_address_for_good() -> None:
    assert sorted(board(path)["uid"] for path in BOARDS) == sorted(_UIDS)


@each_board
def test_a_panel_says_what_it_means_in_which_unit_and_whom_it_asks(path: Path) -> None:
    provisioned = yaml.safe_load(
        Path("compose/grafana/provisioning/datasources/prometheus.yaml").read_text("utf-8")
    )["datasources"][0]
    source = {"type": provisioned["type"], "uid": provisioned["uid"]}
    for panel in panels(path):
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]
        assert all(one["datasource"] == source for one in (panel, *panel["targets"]))
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters), panel["title"]


@each_board
def test_panels_do_not_lie_on_one_another(path: Path) -> None:
    taken: set[tuple[int, int]] = set()
    every = board(path)["panels"]
    for panel in every:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= _WIDTH, panel["title"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in every}) == len(every)


@each_board
def test_a_board_asks_for_what_is_exported_or_recorded(path: Path) -> None:
    known = exported() | dict.fromkeys(recorded(), frozenset({"job", "namespace"}))
    for query in queries(path):
        used = promql.metrics(promql.executable(query))
        assert used, query
        assert used <= set(known), query
        assert promql.labels(query) <= frozenset[str]().union(*(known[one] for one in used)), query


@each_board
def test_every_query_can_be_kept_to_one_installation(path: Path) -> None:
    for query in queries(path):
        assert query.count('namespace=~"$namespace"') >= len(promql.metrics(query)), query


@each_board
def test_the_time_is_nobodys_own(path: Path) -> None:
    assert board(path)["timezone"] == "browser"
    assert not board(path)["editable"]
    assert board(path).get("id") is None


@needs_promtool
@each_board
def test_prometheus_understands_every_query(path: Path, tmp_path: Path) -> None:
    recording = [
        {"record": f"query_{number}", "expr": promql.executable(query)}
        for number, query in enumerate(queries(path))
    ]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": recording}]}), "utf-8")
    promtool("check", "rules", file)


def test_every_metric_is_on_a_board() -> None:
    shown = {name for path in BOARDS for query in queries(path) for name in promql.metrics(query)}
    recorded_from = {
        rule["record"]: promql.metrics(rule["expr"]) for rule in rules() if "record" in rule
    }
    shown |= {name for one in shown & recorded_from.keys() for name in recorded_from[one]}
    assert ours() - shown == set()

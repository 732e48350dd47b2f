"""What needs no database; the rest is in models_db_test.py."""

import msgspec
import pytest

from cli.conftest import FOUND, NOTHING, Api, Run, answer_by_model
from ibid_contract import Model, ModelState, Problem


def a_model(
    name: str, state: ModelState, progress: float = 1.0, *, previous: bool = False
) -> Model:
    return Model(name, 384, 256, state, previous, progress, None, None)


def test_models_are_shown_with_what_matters_of_each(api: Api, ibid: Run) -> None:
    api.models = [
        a_model("e5", ModelState.ACTIVE),
        a_model("minilm", ModelState.RETIRED, previous=True),
        a_model("bge", ModelState.BUILDING, 0.25),
    ]
    lines = [line.split() for line in ibid("model", "list").out.splitlines()]
    assert lines == [
        ["e5", "active", "384"],
        ["minilm", "retired", "384", "rollback", "leads", "here"],
        ["bge", "building", "384", "25.0%"],
    ]
    listed = msgspec.json.decode(ibid("model", "list", "--json").out)
    assert [one["state"] for one in listed] == ["active", "retired", "building"]


def test_a_model_is_compared_with_the_active_one(
    api: Api, ibid: Run, judged: tuple[object, ...]
) -> None:
    answer_by_model(api, model=FOUND, active=FOUND)
    ended = ibid("model", "compare", "e5", *judged)
    assert ended.code == 0, ended.err
    assert "1.0000 [1.000, 1.000]" in ended.out
    assert [search.get("model") for search in api.searches] == ["e5", None]


def test_a_worse_model_is_told_and_fails(api: Api, ibid: Run, judged: tuple[object, ...]) -> None:
    answer_by_model(api, model=NOTHING, active=FOUND)
    ended = ibid("model", "compare", "e5", *judged, "--json")
    verdict = msgspec.json.decode(ended.out)["verdict"]
    assert (verdict["is_not_worse"], verdict["difference"]["mean"]) == (False, -1.0)
    assert (ended.code, ended.err) == (
        1,
        "ibid: e5 is worse: nDCG@10 -1.0000 [-1.000, -1.000] on 1 queries\n",
    )


def test_a_model_that_cannot_be_searched_by_is_told_in_a_line(
    api: Api, ibid: Run, judged: tuple[object, ...]
) -> None:
    said = "The model “e5” is building, and not ready to search by."
    api.answer_search = lambda _: Problem("/problems/unknown-model", "Rejected", 422, said)
    ended = ibid("model", "compare", "e5", *judged)
    assert (ended.code, ended.err) == (1, f"ibid: {said}\n")


def test_a_switch_wants_a_comparison_or_force(ibid: Run) -> None:
    ibid.environ["IBID_MIGRATION_DATABASE_URL"] = "postgresql://owner@nowhere.test/ibid"
    ended = ibid("model", "switch", "e5")
    assert ended.code == 2
    assert "--set" in ended.err
    assert "--force" in ended.err


def test_half_a_judged_set_is_wrong_usage(ibid: Run) -> None:
    assert ibid("model", "switch", "e5", "--collection", "Shelf").code == 2


@pytest.mark.parametrize(
    "command", [("build", "e5"), ("switch", "e5", "--force"), ("rollback",), ("remove", "e5")]
)
def test_what_changes_models_takes_the_owner_s_login(ibid: Run, command: tuple[str, ...]) -> None:
    ended = ibid("model", *command)
    assert (ended.code, ended.err) == (2, "ibid: IBID_MIGRATION_DATABASE_URL: not set\n")

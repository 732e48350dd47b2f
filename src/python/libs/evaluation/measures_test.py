from math import log2

import pytest

from libs.evaluation.comparison import compare
from libs.evaluation.intervals import estimate, estimate_difference
from libs.evaluation.measures import Measure, measure


def test_measures_are_those_of_the_literature() -> None:
    relevance = {"q": {"a": 2, "b": 1, "c": 0}}
    found = measure(relevance, {"q": ["c", "b", "a"]})["q"]
    ideal = 2 + 1 / log2(3)
    assert found[Measure.NDCG] == pytest.approx((1 / log2(3) + 2 / log2(4)) / ideal)
    assert found[Measure.RECALL] == 1
    assert found[Measure.MRR] == 0.5


def test_a_query_without_a_ranking_counts_nothing() -> None:
    found = measure({"q": {"a": 1}, "r": {"a": 1}}, {"q": ["a"], "other": ["a"]})
    assert [values[Measure.NDCG] for values in found.values()] == [1, 0]
    assert measure({"q": {"a": 1}}, {})["q"] == dict.fromkeys(Measure, 0.0)


def test_a_document_beyond_the_hundredth_is_not_found() -> None:
    ranking = [str(number) for number in range(200)]
    found = measure({"q": {"99": 1, "100": 1}}, {"q": ranking})["q"]
    assert found[Measure.RECALL] == 0.5


def test_an_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = [0.0, 1.0] * 100
    found = estimate(values)
    assert found.low < found.mean == 0.5 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.5 / 200**0.5, rel=0.1)
    assert estimate(values) == found


def test_a_difference_is_drawn_in_pairs() -> None:
    a = [0.1, 0.9] * 50
    found = estimate_difference([one + 0.05 for one in a], a)
    assert found.is_clear
    assert found.high - found.low == pytest.approx(0, abs=1e-9)
    assert not estimate_difference(a, a).is_clear


def test_the_queries_that_are_lost_most_come_first() -> None:
    a = measure({"q": {"x": 1}, "r": {"x": 1}}, {"q": ["x"], "r": ["y"]})
    b = measure({"q": {"x": 1}, "r": {"x": 1}}, {"q": ["y"], "r": ["x"]})
    found = compare({"q": "one", "r": "two"}, a, b)
    assert [(query.id, query.margin) for query in found.queries] == [("r", -1), ("q", 1)]
    assert found.difference[Measure.NDCG].mean == 0
    assert [query.margin for query in compare({"q": "one", "r": "two"}, a).queries] == [0, 1]

"""nDCG@10, Recall@100 and MRR of rankings, as trec_eval computes them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pytrec_eval import RelevanceEvaluator

DEPTH = 100
"""Documents of a ranking that count."""


class Measure(StrEnum):
    NDCG = "nDCG@10"
    RECALL = "Recall@100"
    MRR = "MRR"


_NAMES = {Measure.NDCG: "ndcg_cut_10", Measure.RECALL: "recall_100", Measure.MRR: "recip_rank"}

type Values = dict[Measure, float]


def measure(
    relevance: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, Values]:
    """Return the measures of each judged query, in the order of ``relevance``.

    Both are by query; a ranking has documents' ids, best first. A query without a ranking
    counts 0, and a ranking ends after ``DEPTH`` documents.
    """
    evaluator = RelevanceEvaluator(relevance, set(_NAMES.values()))
    scored = {
        query: {document: float(-rank) for rank, document in enumerate(ranking[:DEPTH])}
        for query, ranking in rankings.items()
        if query in relevance and ranking
    }
    found = evaluator.evaluate(scored)
    return {
        query: {name: found.get(query, {}).get(key, 0.0) for name, key in _NAMES.items()}
        for query in relevance
    }

"""What people and judged queries say of searches: judgements of hits, and evaluations."""

from libs.judgements.evaluations import Evaluations
from libs.judgements.judgements import Judgements
from libs.judgements.model import (
    Estimate,
    EvaluatedCollection,
    EvaluatedDocument,
    EvaluatedQuery,
    Evaluation,
    Judgement,
    Side,
)

__all__ = [
    "Estimate",
    "EvaluatedCollection",
    "EvaluatedDocument",
    "EvaluatedQuery",
    "Evaluation",
    "Evaluations",
    "Judgement",
    "Judgements",
    "Side",
]

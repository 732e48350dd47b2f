"""From the domain to the wire. Only here do the two meet."""

from collections.abc import Mapping

import ibid_contract as wire
from libs import corpus, jobs, judgements, models, search


def model(found: models.ModelRow) -> wire.Model:
    return wire.Model(
        name=found.name,
        dimension=found.dimension,
        max_tokens=found.max_tokens,
        state=wire.ModelState(found.state),
        is_previous=found.is_previous,
        progress=found.progress,
        built_at=found.built_at,
        switched_at=found.switched_at,
    )


def collection(found: corpus.Collection) -> wire.Collection:
    return wire.Collection(
        id=found.id,
        name=found.name,
        description=found.description,
        documents=found.documents,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def document(found: corpus.Document) -> wire.Document:
    return wire.Document(
        id=found.id,
        collection_id=found.collection_id,
        external_id=found.external_id,
        title=found.title,
        metadata=found.metadata,
        status=wire.DocumentStatus(found.status),
        failure=found.failure,
        version=found.latest,
        published_version=found.published,
        media_type=found.media_type,
        file_name=found.file_name,
        size_bytes=found.size_bytes,
        pages=found.pages,
        job_id=found.job_id,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def version(found: corpus.Version) -> wire.Version:
    return wire.Version(
        number=found.number,
        media_type=found.media_type,
        file_name=found.file_name,
        size_bytes=found.size_bytes,
        sha256=found.sha256.hex(),
        pages=found.pages,
        text_length=found.text_length,
        created_at=found.created_at,
        published_at=found.published_at,
        is_published=found.is_published,
    )


def text(found: corpus.TextWindow) -> wire.DocumentText:
    return wire.DocumentText(
        version=found.version,
        start=found.start,
        end=found.end,
        length=found.length,
        text=found.text,
        pages=[wire.PageSpan(page.number, page.start, page.end) for page in found.pages],
    )


def job(found: jobs.JobRow) -> wire.Job:
    return wire.Job(
        id=found.id,
        document_id=found.document_id,
        version=found.version,
        state=wire.JobState(found.state),
        stage=wire.Stage(found.stage),
        progress=_progress(found),
        attempt=found.attempts + found.crashes,
        worker=found.worker,
        lease_until=found.lease_until,
        error_code=found.error_code,
        error=found.error,
        created_at=found.created_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
    )


def hit(found: search.Hit, *, explain: bool) -> wire.Hit:
    place = found.place
    return wire.Hit(
        document_id=place.document_id,
        version=place.version,
        title=place.title,
        passage_id=place.passage_id,
        page=place.page,
        start=place.start,
        end=place.end,
        heading=found.heading,
        text=found.text,
        highlights=list(found.highlights),
        score=place.score,
        metadata=found.metadata,
        collection_id=found.collection_id,
        media_type=found.media_type,
        scores=wire.Scores(found.lexical, found.semantic) if explain else None,
        language=found.language,
        others=[
            wire.OtherPassage(one.passage_id, one.page, one.start, one.end, one.score)
            for one in found.others
        ],
        duplicates=[
            wire.Duplicate(
                one.document_id,
                one.version,
                one.title,
                one.passage_id,
                one.page,
                one.start,
                one.end,
            )
            for one in found.duplicates
        ],
        why=found.why,
    )


def _progress(found: jobs.JobRow) -> float:
    """The stages' shares of the way are rough; embedding takes most of the time."""
    if found.state is jobs.JobState.DONE:
        return 1.0
    start, end = _SHARES[found.stage]
    within = found.done / found.total if found.total else 0.0
    return round(start + (end - start) * min(within, 1.0), 4)


_SHARES = {
    jobs.Stage.EXTRACT: (0.0, 0.1),
    jobs.Stage.SPLIT: (0.1, 0.2),
    jobs.Stage.EMBED: (0.2, 0.95),
    jobs.Stage.PUBLISH: (0.95, 1.0),
}


def judgement(found: judgements.Judgement) -> wire.Judgement:
    return wire.Judgement(
        id=found.id,
        query=found.query,
        document_id=found.document_id,
        relevance=found.relevance,
        origin=wire.Origin(found.origin),
        version=found.version,
        passage_id=found.passage_id,
        created_at=found.created_at,
    )


def evaluation(found: judgements.Evaluation) -> wire.Evaluation:
    return wire.Evaluation(
        id=found.id,
        name=found.name,
        a=_side(found.a),
        b=None if found.b is None else _side(found.b),
        difference=_estimates(found.difference),
        queries=found.queries,
        created_at=found.created_at,
        collections=[
            wire.EvaluatedCollection(
                one.collection_id,
                one.queries,
                _estimates(one.a),
                None if one.b is None else _estimates(one.b),
                _estimates(one.difference),
            )
            for one in found.collections
        ],
    )


def evaluated_query(found: judgements.EvaluatedQuery) -> wire.EvaluatedQuery:
    return wire.EvaluatedQuery(
        id=found.id,
        text=found.text,
        margin=found.margin,
        a=dict(found.a),
        b=None if found.b is None else dict(found.b),
        documents=[
            wire.EvaluatedDocument(
                one.document_id, one.title, one.relevance, one.rank_a, one.rank_b
            )
            for one in found.documents
        ],
    )


def domain_side(given: wire.EvaluatedSide) -> judgements.Side:
    return judgements.Side(given.configuration, domain_estimates(given.measures))


def domain_estimates(given: Mapping[str, wire.Estimate]) -> dict[str, judgements.Estimate]:
    return {name: judgements.Estimate(one.mean, one.low, one.high) for name, one in given.items()}


def domain_collection(given: wire.EvaluatedCollection) -> judgements.EvaluatedCollection:
    return judgements.EvaluatedCollection(
        given.collection_id,
        given.queries,
        domain_estimates(given.a),
        None if given.b is None else domain_estimates(given.b),
        domain_estimates(given.difference),
    )


def domain_query(given: wire.NewEvaluatedQuery) -> judgements.EvaluatedQuery:
    return judgements.EvaluatedQuery(
        ordinal=0,
        id=given.id,
        text=given.text,
        margin=given.margin,
        a=given.a,
        b=given.b,
        documents=[
            judgements.EvaluatedDocument(one.document_id, "", one.relevance, one.rank_a, one.rank_b)
            for one in given.documents
        ],
    )


def _side(found: judgements.Side) -> wire.EvaluatedSide:
    return wire.EvaluatedSide(found.configuration, _estimates(found.measures))


def _estimates(found: Mapping[str, judgements.Estimate]) -> dict[str, wire.Estimate]:
    return {name: wire.Estimate(one.mean, one.low, one.high) for name, one in found.items()}

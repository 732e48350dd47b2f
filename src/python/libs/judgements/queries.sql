-- name: add_judgement
insert into judgements (workspace_id, id, query, document_id, version, passage_id, relevance, origin)
values (current_workspace(), %(id)s, %(query)s, %(document_id)s, %(version)s, %(passage_id)s,
        %(relevance)s, %(origin)s)
returning id, query, document_id, version, passage_id, relevance, origin, created_at

-- name: list_judgements
select id, query, document_id, version, passage_id, relevance, origin, created_at
  from judgements
 where workspace_id = current_workspace() and (%(after)s::uuid is null or id > %(after)s::uuid)
 order by id limit %(limit)s

-- name: add_evaluation
insert into evaluations (workspace_id, id, name, a, b, difference)
values (current_workspace(), %(id)s, %(name)s, %(a)s, %(b)s, %(difference)s)

-- name: get_evaluation
select e.id, e.name, e.a, e.b, e.difference,
       (select count(*) from evaluation_queries q
         where q.workspace_id = e.workspace_id and q.evaluation_id = e.id) as queries, e.created_at
  from evaluations e where e.workspace_id = current_workspace() and e.id = %(id)s

-- name: list_evaluations
select e.id, e.name, e.a, e.b, e.difference,
       (select count(*) from evaluation_queries q
         where q.workspace_id = e.workspace_id and q.evaluation_id = e.id) as queries, e.created_at
  from evaluations e
 where e.workspace_id = current_workspace()
   and (%(before)s::uuid is null or e.id < %(before)s::uuid)
 order by e.id desc limit %(limit)s

-- name: delete_evaluation
delete from evaluations where workspace_id = current_workspace() and id = %(id)s

-- name: hold_evaluation
select coalesce((select max(q.ordinal) from evaluation_queries q
                  where q.workspace_id = e.workspace_id and q.evaluation_id = e.id), 0)
  from evaluations e where e.workspace_id = current_workspace() and e.id = %(id)s
   for update of e

-- name: add_queries
insert into evaluation_queries (workspace_id, evaluation_id, ordinal, query_id, query, margin, a, b)
select current_workspace(), %(id)s, given.*
  from unnest(%(ordinals)s::integer[], %(query_ids)s::text[], %(texts)s::text[],
              %(margins)s::double precision[], %(a)s::json[], %(b)s::json[]) given

-- name: add_documents
-- those that are there: one that was deleted meanwhile leaves no trace
with known as (
    select id from documents
     where workspace_id = current_workspace() and id = any (%(documents)s::uuid[])
       for key share
)
insert into evaluation_documents
       (workspace_id, evaluation_id, ordinal, document_id, relevance, rank_a, rank_b)
select current_workspace(), %(id)s, given.ordinal, given.document_id, given.relevance, given.rank_a,
       given.rank_b
  from unnest(%(ordinals)s::integer[], %(documents)s::uuid[], %(relevances)s::integer[],
              %(ranks_a)s::integer[], %(ranks_b)s::integer[])
       given(ordinal, document_id, relevance, rank_a, rank_b)
  join known on known.id = given.document_id
    on conflict do nothing

-- name: list_queries
select q.ordinal, q.query_id as id, q.query as text, q.margin, q.a, q.b,
       (select coalesce(jsonb_agg(jsonb_build_array(e.document_id, d.title, e.relevance, e.rank_a,
                                                    e.rank_b)
                                  order by least(e.rank_a, e.rank_b), d.id), '[]')
          from evaluation_documents e
          join documents d on (d.workspace_id, d.id) = (e.workspace_id, e.document_id)
         where (e.workspace_id, e.evaluation_id, e.ordinal)
             = (q.workspace_id, q.evaluation_id, q.ordinal)) as documents
  from evaluation_queries q
 where q.workspace_id = current_workspace() and q.evaluation_id = %(id)s
   and (%(margin)s::double precision is null
        or (q.margin, q.ordinal) > (%(margin)s::double precision, %(ordinal)s::integer))
 order by q.margin, q.ordinal limit %(limit)s

-- name: lexical
-- Lists go back as they come: as text they need not become objects on the way.
select l.qv::text, c.ids::text, c.scores::text, d.ids::text, tsvector_to_array(to_tsvector('english', %(text)s)),
       array(select w from unnest(tsvector_to_array(to_tsvector('simple', %(text)s))) w
              where ts_lexize('english_stem', w) is distinct from '{}')
  from lexical_query(%(text)s) l,
       filtered_documents(%(filters)s, %(collections)s::uuid[]) d(ids),
       lateral (select coalesce(array_agg(passage_id), '{}') as ids, array_agg(score) as scores
                  from lexical_candidates(l.tq, l.qv, %(depth)s, %(collections)s::uuid[], d.ids)) c

-- name: known_keys
select known_metadata_keys(%(names)s::text[])

-- name: matching
-- As `lexical`, for a query with operators.
select l.qv::text, c.ids::text, c.scores::text, d.ids::text, tsvector_to_array(to_tsvector('english', %(marked)s)),
       array(select w from unnest(tsvector_to_array(to_tsvector('simple', %(marked)s))) w
              where ts_lexize('english_stem', w) is distinct from '{}')
  from lexical_query(concat_ws(' ', %(text)s::text, words_that_begin(%(prefixes)s::text[]))) l,
       matching_documents(%(filters)s, %(fields)s, %(collections)s::uuid[]) d(ids),
       lateral (select coalesce(array_agg(passage_id), '{}') as ids, array_agg(score) as scores
                  from lexical_matches(l.tq, l.qv, %(depth)s, %(collections)s::uuid[], d.ids,
                                       %(conditions)s)) c

-- name: listed
-- As `lexical`, for a query with nothing to rank by.
select null, c.ids::text, c.scores::text, d.ids::text, '{}'::text[], '{}'::text[]
  from matching_documents(%(filters)s, %(fields)s, %(collections)s::uuid[]) d(ids),
       lateral (select coalesce(array_agg(passage_id), '{}') as ids, array_agg(score) as scores
                  from listed_matches(%(depth)s, %(collections)s::uuid[], d.ids, %(conditions)s)) c

-- name: semantic_384
select coalesce(array_agg(passage_id), '{}')::text, array_agg(score)::text
  from semantic_matches_384(%(model)s, %(vector)s::halfvec, %(depth)s, %(collections)s::uuid[],
                            %(documents)s::uuid[], %(conditions)s)

-- name: facets_384
-- How many of the query's passages there are of each value; those without one are not counted.
select f.name, f.value, count(*)
  from search_candidates_384(%(lexical_ids)s::uuid[], %(lexical_scores)s::float8[],
                             %(semantic_ids)s::uuid[], %(semantic_scores)s::float8[],
                             %(qv)s::sparsevec, %(model)s, %(vector)s::halfvec, %(depth)s,
                             %(collections)s::uuid[], %(documents)s::uuid[]) r
  join passages p on p.workspace_id = current_workspace() and p.id = r.passage_id
  join documents d on d.workspace_id = p.workspace_id and d.id = p.document_id
  join versions v on v.workspace_id = p.workspace_id and v.document_id = p.document_id
                 and v.number = p.version
 cross join lateral (
    select name, case name when 'collection' then d.collection_id::text
                           when 'media_type' then v.media_type
                           else d.metadata ->> substr(name, length('metadata.') + 1) end as value
      from unnest(%(facets)s::text[]) name) f
 where f.value is not null
 group by f.name, f.value
 order by f.name, count(*) desc, f.value
 limit 1000

-- name: search_384
-- The order is made again after the joins, which keep none.
with ranked as materialized (
    select r.passage_id, r.lexical, r.semantic, r.score, count(*) over () as total,
           row_number() over (order by r.score desc, r.passage_id) as place
      from search_candidates_384(%(lexical_ids)s::uuid[], %(lexical_scores)s::float8[],
                                 %(semantic_ids)s::uuid[], %(semantic_scores)s::float8[],
                                 %(qv)s::sparsevec, %(model)s, %(vector)s::halfvec, %(depth)s,
                                 %(collections)s::uuid[], %(documents)s::uuid[]) r
)
select p.document_id, p.collection_id, p.version, d.title, d.metadata, v.media_type, p.id, p.page,
       p.span_start, p.span_end, p.heading, p.text,
       r.score, r.lexical, r.semantic, r.total
  from ranked r
  join passages p on p.workspace_id = current_workspace() and p.id = r.passage_id
  join documents d on d.workspace_id = p.workspace_id and d.id = p.document_id
  join versions v on v.workspace_id = p.workspace_id and v.document_id = p.document_id
                 and v.number = p.version
 where r.place > %(offset)s and r.place <= %(offset)s + %(limit)s
 order by r.place

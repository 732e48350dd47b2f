-- name: known_keys
select known_metadata_keys(%(names)s::text[])

-- name: lexical
select w.*, false, false
  from look_up_lexemes(%(lexemes)s::text[], %(filters)s, %(collections)s::uuid[], %(depth)s) w

-- name: matching
-- As `lexical`, for a query with conditions. Lists go back as they come, as text.
select l.qv::text, c.ids::text, c.scores::text, null, null, d.documents::text, d.remaining,
       coalesce(l.known, '{}'), coalesce(l.rarity, '{}'), c.are_all, c.are_many
  from weigh_query(%(lexemes)s::text[]
                     || string_to_array(words_that_begin(%(prefixes)s::text[]), ' ')) l,
       documents_left(%(filters)s, %(collections)s::uuid[]) d,
       lateral (select * from matching_passages(l.tq, l.qv, %(depth)s, %(collections)s::uuid[],
                                                d.documents, %(conditions)s)
                 where d.remaining is null
                 union all
                select * from filtered_matching_passages(l.tq, l.qv, %(depth)s,
                                          %(collections)s::uuid[], d.remaining, %(conditions)s)
                 where d.remaining is not null) c

-- name: listed
-- As `lexical`, for a query with nothing to rank by.
select null, c.ids::text, c.scores::text, null, null, null, null, '{}'::text[], '{}'::real[],
       false, false
  from documents_left(%(filters)s, %(collections)s::uuid[]) d,
       lateral (select coalesce(array_agg(passage_id), '{}') as ids, array_agg(score) as scores
                  from (select * from listed_matches(%(depth)s, %(collections)s::uuid[],
                                                     d.documents, %(conditions)s)
                         where d.remaining is null
                         union all
                        select * from filtered_listed_matches(%(depth)s, %(collections)s::uuid[],
                                                              d.remaining, %(conditions)s)
                         where d.remaining is not null) l) c

-- name: semantic
select coalesce(array_agg(passage_id), '{}')::text, array_agg(score)::text
  from (select * from closest_matches_DIMENSION(%(model)s, %(vector)s::halfvec, %(depth)s,
                           %(collections)s::uuid[], %(documents)s::uuid[], %(conditions)s,
                           %(all_matches)s::uuid[], %(are_many)s)
         where %(remaining)s::jsonb is null
         union all
        select * from filtered_closest_matches_DIMENSION(%(model)s, %(vector)s::halfvec, %(depth)s,
                           %(collections)s::uuid[], %(remaining)s::jsonb, %(conditions)s,
                           %(all_matches)s::uuid[], %(are_many)s)
         where %(remaining)s::jsonb is not null) c

-- name: ranked
-- Ids stay bytes: there are many, and few are shown.
select uuid_send(passage_id), uuid_send(document_id), signature, lexical, semantic, score
  from fused_passages_DIMENSION(%(lexical_ids)s::uuid[], %(lexical_scores)s::float8[],
                          %(lexical_documents)s::uuid[], %(lexical_signatures)s::int8[],
                          %(semantic_ids)s::uuid[], %(semantic_scores)s::float8[],
                          %(qv)s::sparsevec, %(words_idf)s, %(unknown_words)s,
                          %(model)s, %(vector)s::halfvec, %(depth)s,
                          %(collections)s::uuid[], %(documents)s::uuid[])
 order by score desc, passage_id

-- name: ranked_filtered
-- As `ranked`, where passages are still to be held against the filters.
select uuid_send(passage_id), uuid_send(document_id), signature, lexical, semantic, score
  from (select coalesce(array_agg(passage_id), '{}') as ids, array_agg(score) as scores
          from filtered_semantic_passages_DIMENSION(%(model)s, %(vector)s::halfvec, %(depth)s,
                                                    %(collections)s::uuid[], %(remaining)s::jsonb)
         where %(vector)s::halfvec is not null) s,
       fused_passages_DIMENSION(%(lexical_ids)s::uuid[], %(lexical_scores)s::float8[],
                          %(lexical_documents)s::uuid[], %(lexical_signatures)s::int8[],
                          s.ids, s.scores,
                          %(qv)s::sparsevec, %(words_idf)s, %(unknown_words)s,
                          %(model)s, %(vector)s::halfvec, %(depth)s, null, null)
 order by score desc, passage_id

-- name: other_documents
select exists (
    select from documents d
     where d.workspace_id = current_workspace() and d.published is not null
       and (%(collections)s::uuid[] is null or d.collection_id = any (%(collections)s::uuid[]))
       and (%(documents)s::uuid[] is null or d.id = any (%(documents)s::uuid[]))
       and d.id <> all (%(found)s::uuid[]))

-- name: read_passages
-- Only hits are read whole. What was deleted since it was ranked is missing.
select p.id, p.document_id, p.collection_id, p.version, d.title,
       case when p.id = any (%(hits)s::uuid[]) then d.metadata end, v.media_type,
       d.language, p.page, p.span_start, p.span_end, p.heading,
       case when p.id = any (%(hits)s::uuid[]) then p.text end
  from passages p
       -- offset 0 keeps them subqueries: joins of a small workspace are planned to read all of it
 cross join lateral (
       select * from documents d
        where d.workspace_id = p.workspace_id and d.id = p.document_id offset 0) d
 cross join lateral (
       select * from versions v
        where v.workspace_id = p.workspace_id and v.document_id = p.document_id
          and v.number = p.version offset 0) v
 where p.workspace_id = current_workspace() and p.id = any (%(passages)s::uuid[])

-- name: facets
-- How many of the hits there are of each value, '' for those without one; a list is its first item.
select f.name, coalesce(f.value, ''), count(*)
  from unnest(%(documents)s::uuid[]) hit(document_id)
  join documents d on d.workspace_id = current_workspace() and d.id = hit.document_id
  join versions v on (v.workspace_id, v.document_id, v.number) = (d.workspace_id, d.id, d.published)
 cross join lateral (
    select name,
           case name when 'collection' then d.collection_id::text
                     when 'media_type' then v.media_type
                     when 'language' then d.language
                     when 'date' then to_char(d.created_at at time zone 'UTC', 'YYYY-MM')
                     else (select case jsonb_typeof(m.value) when 'array' then m.value ->> 0
                                       else m.value #>> '{}' end
                             from (select d.metadata -> case name when 'author' then name
                                          else substr(name, length('metadata.') + 1) end) m(value))
           end as value
      from unnest(%(facets)s::text[]) name) f
 group by f.name, f.value
 order by f.name, count(*) desc, f.value

-- name: gist
select g.lexemes, g.embedding, exists (
           select from documents d where d.workspace_id = current_workspace() and d.id = %(document)s)
  from document_gist(%(document)s, %(passage)s, %(model)s) g

-- name: complete
select word, documents from complete_word(%(prefix)s, %(most)s)

-- name: known_spellings
select word, documents from known_spellings(%(spellings)s::text[])

-- name: has_stop_word
select exists (
    select from unnest(%(words)s::text[]) word, pg_catalog.pg_ts_dict dictionary
    where dictionary.dictnamespace = 'pg_catalog'::regnamespace
        and ts_lexize(dictionary.oid::regdictionary, word) = '{}')


-- Filters that leave many documents are held against the candidates, best first. To list all that they leave, hand the
-- list on and look each passage up in it made a search among 200,000 passages of 20,000 documents five times as long.

-- What is asked of a document, d, as SQL in which $1 is the filters: a statement is planned for those that are there.
-- Null where there are none.
create function document_conditions(filters jsonb) returns text
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
    select string_agg(condition, ' and ' order by place)
      from (values
        (1, 'documents',
         'd.id = any (array(select jsonb_array_elements_text($1 -> ''documents''))::uuid[])'),
        (2, 'created_after', 'd.created_at >= ($1 ->> ''created_after'')::timestamptz'),
        (3, 'created_before', 'd.created_at < ($1 ->> ''created_before'')::timestamptz'),
        (4, 'languages',
         'd.language = any (array(select jsonb_array_elements_text($1 -> ''languages'')))'),
        (5, 'metadata', 'd.metadata @> ($1 -> ''metadata'')'),
        (6, 'authors',
         'case jsonb_typeof(d.metadata -> ''author'')
               when ''array'' then d.metadata -> ''author'' ?| array(
                    select jsonb_array_elements_text($1 -> ''authors''))
               else d.metadata ->> ''author'' = any (array(
                    select jsonb_array_elements_text($1 -> ''authors''))) end'),
        (7, 'media_types',
         'exists (select from versions v
                   where v.workspace_id = d.workspace_id and v.document_id = d.id
                     and v.number = d.published and v.media_type = any (array(
                         select jsonb_array_elements_text($1 -> ''media_types''))))')
      ) known(place, name, condition)
     where filters ? name
$$;

-- The documents that filters leave; or, where they are many, the filters, which candidates are then to be held against.
-- To find a passage that the filters leave takes the longer the fewer there are, a list the longer it is. A list is as
-- long as three times the square root of the passages: among a million, a tenth of 10,000 documents is found by one in
-- half the time.
create function documents_left(
    filters jsonb, in_collections uuid[], out documents uuid[], out remaining jsonb)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    tenant uuid := current_workspace();
    conditions text := document_conditions(filters);
    most bigint := coalesce(3 * sqrt((
        select passages from lexical_statistics where workspace_id = tenant)), 0);
begin
    if conditions is null then
        return;
    end if;
    execute 'select coalesce(array_agg(l.id), ''{}'')
               from (select d.id from documents d
                      where d.workspace_id = $2 and d.published is not null
                        and ($3 is null or d.collection_id = any ($3)) and ' || conditions || '
                      limit $4 + 1) l'
       into documents using filters, tenant, in_collections, most;
    if cardinality(documents) > most then
        documents := null;
        remaining := filters;
    end if;
end $$;

-- As lexical_passages, of documents that the filters leave: as many of the best are looked at as it takes.
create function filtered_lexical_passages(
    tq tsquery, qv sparsevec, depth integer, in_collections uuid[], filters jsonb)
returns table (passage_id uuid, score double precision, document_id uuid, signature bigint)
language plpgsql stable security definer rows 100 set search_path = pg_catalog, public, pg_temp
    set enable_seqscan = off as $$
declare
    tenant uuid := current_workspace();
    most constant integer := 6000;
    is_alone boolean;
begin
    select 2 * passages > (select reltuples from pg_class where oid = 'passages'::regclass)
      into is_alone from lexical_statistics where workspace_id = tenant;
    return query execute format(
        'select m.id, -m.distance, m.document_id, m.signature
           from (select c.id, c.document_id, c.signature, c.weights <#> $3 as distance
                   from (select p.id, p.document_id, p.signature, p.weights
                           from passages p
                          where %s and p.lexemes @@ $2
                            and ($5 is null or p.collection_id = any ($5))
                          limit $6) c
                  order by distance, c.id offset 0) m
                -- offset 0 keeps it a subquery, which is asked as rows come
          cross join lateral (
                select from documents d
                 where d.workspace_id = $4 and d.id = m.document_id and %s offset 0) d
          limit $7',
        case when is_alone then 'p.workspace_id = $4' else 'array[p.workspace_id] @> array[$4]' end,
        document_conditions(filters))
        using filters, tq, qv, tenant, in_collections, most, depth;
end $$;

-- As semantic_passages_384, of documents that the filters leave: as many of the closest are looked at as it takes.
create function filtered_semantic_passages_384(
    using_model text, query halfvec, depth integer, in_collections uuid[], filters jsonb)
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set enable_seqscan = off
    set enable_sort = off
    set hnsw.iterative_scan = relaxed_order
    set hnsw.max_scan_tuples = 40000
    set hnsw.scan_mem_multiplier = 4
    set hnsw.ef_search = 100 as $$
declare
    tenant uuid := current_workspace();
    everything real := (select reltuples from pg_class where oid = 'passages'::regclass);
    own bigint := greatest(2000, least(50 * sqrt(greatest(everything, 0)), 50000));
    is_small boolean := (select passages <= own from lexical_statistics where workspace_id = tenant);
begin
    if everything > 50000 then
        perform set_config('hnsw.ef_search', case when everything > 300000 then '500' else '200' end, true);
    end if;
    return query execute format(
        'select n.passage_id, -n.distance
           from (select e.passage_id, e.embedding::halfvec(384) <#> $2 as distance
                   from embeddings e
                  where e.model = $3 and e.workspace_id = $4
                  order by %s offset 0) n
                -- offset 0 keeps them subqueries, which are asked as rows come
          cross join lateral (
                select p.document_id from passages p
                 where p.workspace_id = $4 and p.id = n.passage_id
                   and ($5 is null or p.collection_id = any ($5)) offset 0) p
          cross join lateral (
                select from documents d
                 where d.workspace_id = $4 and d.id = p.document_id and %s offset 0) d
          limit $6',
        -- the sum keeps the index out
        case when is_small then '(e.embedding::halfvec(384) <#> $2) + 0'
             else 'e.embedding::halfvec(384) <#> $2' end,
        document_conditions(filters))
        using filters, query::halfvec(384), using_model, tenant, in_collections, depth;
end $$;

-- As look_up_words, which an older release calls, and with the filters that remain. Lists go back as they come.
create function look_up_lexemes(
    lexemes text[], filters jsonb, in_collections uuid[], depth integer,
    out weights text, out ids text, out scores text, out documents text, out signatures text,
    out left_documents text, out remaining jsonb, out known text[], out rarity real[])
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    in_documents uuid[];
    query record;
begin
    if filters <> '{}' then
        select l.documents, l.remaining into in_documents, remaining
          from documents_left(filters, in_collections) l;
    end if;
    select * into query from weigh_query(lexemes);
    if remaining is null then
        select coalesce(array_agg(c.passage_id), '{}')::text, array_agg(c.score)::text,
               array_agg(c.document_id)::text, array_agg(c.signature)::text
          into ids, scores, documents, signatures
          from lexical_passages(query.tq, query.qv, depth, in_collections, in_documents) c;
    else
        select coalesce(array_agg(c.passage_id), '{}')::text, array_agg(c.score)::text,
               array_agg(c.document_id)::text, array_agg(c.signature)::text
          into ids, scores, documents, signatures
          from filtered_lexical_passages(query.tq, query.qv, depth, in_collections, remaining) c;
    end if;
    weights := query.qv::text;
    left_documents := in_documents::text;
    known := coalesce(query.known, '{}');
    rarity := coalesce(query.rarity, '{}');
end $$;

do $$
declare
    made regprocedure;
begin
    grant create on schema public to ibid_definer;
    foreach made in array array[
        'documents_left'::regproc, 'filtered_lexical_passages', 'filtered_semantic_passages_384']
    loop
        execute format('alter function %s owner to ibid_definer', made);
        execute format('revoke all on function %s from public', made);
        execute format('grant execute on function %s to current_user, ibid_app', made);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;
revoke all on function document_conditions, look_up_lexemes from public;
grant execute on function document_conditions, look_up_lexemes to current_user, ibid_app, ibid_definer;

select add_dimension(dimension) from models group by dimension;

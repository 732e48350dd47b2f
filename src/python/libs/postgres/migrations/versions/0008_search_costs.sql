-- A search reads each row once: what finds a passage's row or its embedding hands on what ranking needs.

-- Of a small workspace it read all terms rather than the query's.
alter function weigh_lexemes set enable_seqscan = off;

-- As lexical_candidates, which an older release calls. In plpgsql the plan is kept.
create function lexical_passages(
    tq tsquery, qv sparsevec, depth integer, in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, score double precision, document_id uuid, signature bigint)
language plpgsql stable security definer rows 100 set search_path = pg_catalog, public, pg_temp
    -- a scan of the table would fetch every row's lexemes, which the index makes needless
    set enable_seqscan = off
    set plan_cache_mode = force_generic_plan as $$
declare
    tenant uuid := current_workspace();
begin
    return query
        select p.id, -(p.weights <#> qv), p.document_id, p.signature
          from passages p
         where p.workspace_id = tenant and p.lexemes @@ tq
           and (in_collections is null or p.collection_id = any (in_collections))
           and (in_documents is null or p.document_id = any (in_documents))
         order by p.weights <#> qv, p.id
         limit depth;
end $$;

-- As semantic_candidates_384, which the ranking of an older release calls.
create function semantic_passages_384(
    using_model text, query halfvec, depth integer, in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, score double precision, embedding halfvec)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set enable_sort = off
    set hnsw.iterative_scan = relaxed_order
    set hnsw.ef_search = 100 as $$
declare
    tenant uuid := current_workspace();
    few constant integer := 2000;
    found_rows bigint;
begin
    if in_collections is null and in_documents is null then
        select passages into found_rows from lexical_statistics where workspace_id = tenant;
    else
        select count(*) into found_rows from (
            select from passages p
             where p.workspace_id = tenant
               and (in_collections is null or p.collection_id = any (in_collections))
               and (in_documents is null or p.document_id = any (in_documents))
             limit few + 1) counted;
    end if;
    if found_rows <= few then
        return query
            with mine as materialized (
                select e.passage_id, e.embedding, e.embedding::halfvec(384) <#> query as distance
                  from embeddings e
                  join passages p on p.workspace_id = tenant and p.id = e.passage_id
                 where e.model = using_model and e.workspace_id = tenant
                   and (in_collections is null or p.collection_id = any (in_collections))
                   and (in_documents is null or p.document_id = any (in_documents)))
            select m.passage_id, -m.distance, m.embedding from mine m order by m.distance limit depth;
    elsif in_collections is null and in_documents is null then
        return query
            select e.passage_id, -(e.embedding::halfvec(384) <#> query::halfvec(384)), e.embedding
              from embeddings e
             where e.model = using_model and e.workspace_id = tenant
             order by e.embedding::halfvec(384) <#> query::halfvec(384) limit depth;
    else
        return query
            select e.passage_id, -(e.embedding::halfvec(384) <#> query::halfvec(384)), e.embedding
              from embeddings e
              join passages p on p.workspace_id = tenant and p.id = e.passage_id
             where e.model = using_model and e.workspace_id = tenant
               and (in_collections is null or p.collection_id = any (in_collections))
               and (in_documents is null or p.document_id = any (in_documents))
             order by e.embedding::halfvec(384) <#> query::halfvec(384) limit depth;
    end if;
end $$;

-- As ranked_candidates_384, which an older release calls. A lexical passage comes with its document
-- and signature, or without where it was found by conditions.
create function ranked_passages_384(
    lexical_ids uuid[], lexical_scores double precision[],
    lexical_documents uuid[], lexical_signatures bigint[],
    semantic_ids uuid[], semantic_scores double precision[],
    qv sparsevec, using_model text, query halfvec, depth integer,
    in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, document_id uuid, signature bigint,
               lexical double precision, semantic double precision, score double precision)
language plpgsql stable security definer rows 200
    set search_path = pg_catalog, public, pg_temp
    -- its statement reads by keys whatever the arrays hold
    set plan_cache_mode = force_generic_plan as $$
declare
    tenant uuid := current_workspace();
begin
    return query
        with candidate as materialized (
            select id, l.document_id, l.signature, l.score as lexical, s.score as semantic, s.embedding
              from unnest(lexical_ids, lexical_scores, lexical_documents, lexical_signatures)
                       l(id, score, document_id, signature)
              full join (select g.id, g.score, null::halfvec as embedding
                           from unnest(semantic_ids, semantic_scores) g(id, score)
                         union all
                         select c.passage_id, c.score, c.embedding
                           from semantic_passages_384(
                               using_model, query, depth, in_collections, in_documents) c
                          where query is not null and semantic_ids is null) s using (id)
        ), read as materialized (
            select c.id, coalesce(c.document_id, p.document_id) as document_id,
                   coalesce(c.signature, p.signature) as signature,
                   coalesce(c.lexical, -(p.weights <#> qv)) as lexical,
                   coalesce(c.semantic, -(e.embedding::halfvec(384) <#> query)) as semantic,
                   coalesce(c.embedding, e.embedding)::halfvec(384) as embedding
              from candidate c
                   -- offset 0 keeps them subqueries: joins would be planned to read whole tables
              left join lateral (
                   select * from passages a
                    where c.document_id is null and a.workspace_id = tenant and a.id = c.id offset 0) p on true
              left join lateral (
                   select b.embedding from embeddings b
                    where query is not null and c.embedding is null
                      and b.model = using_model and b.workspace_id = tenant
                      and b.passage_id = c.id offset 0) e on true
             where c.document_id is not null or p.document_id is not null
        ), bound as materialized (
            select min(r.lexical) as low_lexical,
                   greatest(max(r.lexical) - min(r.lexical), 1e-9) as lexical_range,
                   min(r.semantic) as low_semantic,
                   greatest(greatest(max(r.semantic), 0.5) - min(r.semantic), 1e-9) as semantic_range
              from read r
        ), best as materialized (
            select avg(b.embedding)::halfvec(384) as embedding
              from (select r.embedding from read r, bound
                     where query is not null and qv is not null and r.embedding is not null
                     order by 0.4 * coalesce((r.lexical - low_lexical) / lexical_range, 0)
                              + 0.6 * (r.semantic - low_semantic) / semantic_range desc, r.id
                     limit 2) b
        ), fed as materialized (
            select r.id, r.document_id, r.signature, r.lexical, r.semantic,
                   r.semantic + 0.3 * coalesce(-(r.embedding <#> b.embedding), 0) as nearness
              from read r, best b
        ), near as materialized (
            select min(f.nearness) as low,
                   greatest(greatest(max(f.nearness), 0.65) - min(f.nearness), 1e-9) as range
              from fed f
        )
        select f.id, f.document_id, f.signature, f.lexical, f.semantic,
               case when query is null then f.lexical when qv is null then f.semantic
                    else 0.4 * coalesce((f.lexical - low_lexical) / lexical_range, 0)
                         + 0.6 * coalesce((f.nearness - low) / range, 0) end
          from fed f, bound, near
         order by 6 desc, 1;
end $$;

do $$
declare
    called regprocedure;
begin
    grant create on schema public to ibid_definer;
    for called in
        select p.oid::regprocedure from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.prosecdef
           and p.proname in ('lexical_passages', 'semantic_passages_384', 'ranked_passages_384')
    loop
        execute format('alter function %s owner to ibid_definer', called);
        execute format('revoke all on function %s from public', called);
        execute format('grant execute on function %s to current_user', called);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;

grant execute on function lexical_passages, semantic_passages_384, ranked_passages_384 to ibid_app;

select add_dimension(dimension) from models group by dimension;

-- A search reads each row once: what finds a passage's row or its embedding hands on what ranking needs.

-- As weigh_lexemes, which an older release calls, and bounded however frequent the words are: those that
-- few passages have are looked up one by one, frequent ones in pairs, and of words that nearly all have
-- as many together as leave few. In plpgsql the plan is kept, here and below.
create function weigh_query(
    lexemes text[], out tq tsquery, out qv sparsevec, out known text[], out rarity real[])
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    -- of a small workspace it would read all terms rather than the query's
    set enable_seqscan = off
    set plan_cache_mode = force_generic_plan as $$
declare
    tenant uuid := current_workspace();
    budget constant integer := 2000;
    most constant integer := 4000;
begin
    with word as materialized (
        select t.lexeme, quote_lexeme(t.lexeme) as quoted, t.df::float8 / n.passages as share,
               ln(1 + (n.passages - t.df + 0.5) / (t.df + 0.5)) as idf,
               row_number() over rarest as place, sum(t.df) over rarest as brought, n.passages
          from (select passages from lexical_statistics where workspace_id = tenant) n,
               unnest(lexemes) as q(one)
          join terms t on t.workspace_id = tenant and t.lexeme = q.one
        window rarest as (order by t.df, t.lexeme)
    ), alone as materialized (
        select quoted, place, brought from word
         where brought <= budget or (place <= 2 and brought <= most)
    ), pair as (
        select format('(%s & %s)', a.quoted, b.quoted) as quoted,
               coalesce((select max(brought) from alone), 0)
               -- words that meet by chance bring share * share, those of a name the rarer one's share
               + sum(sqrt(a.share * b.share * a.share) * a.passages)
                     over (order by a.share * b.share, a.place, b.place) as brought
          from word a
          join word b on a.place < b.place
         where a.place > (select count(*) from alone) and b.place <= 8
    ), looked_up as materialized (
        select quoted from alone
         union all
        select quoted from pair where brought <= most
    ), together as (
        select string_agg(quoted, '&') as quoted
          from (select w.quoted, w.place,
                       exp(sum(ln(w.share)) over (order by w.place)) / w.share * w.passages as before
                  from word w) w
         where (place = 1 or before > most) and not exists (select from looked_up)
    ), coordinate as (
        select lexeme_coordinate(lexeme) as at, sum(idf) as idf from word group by 1
    )
    select (select string_agg(quoted, '|')
              from (select quoted from looked_up union all select quoted from together) l)::tsquery,
           (select ('{' || coalesce(string_agg(at || ':' || idf, ',' order by at), '')
                    || '}/268435456')::sparsevec from coordinate),
           (select array_agg(lexeme order by place) from word),
           (select array_agg(idf::real order by place) from word)
      into tq, qv, known, rarity;
end $$;

-- As lexical_candidates, which an older release calls. Of more passages than can be ranked in a few
-- hundredths of a second, the first count: a word that so many have tells little. The index is asked for
-- the workspace too where most passages are another's: else that takes two thirds longer.
create function lexical_passages(
    tq tsquery, qv sparsevec, depth integer, in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, score double precision, document_id uuid, signature bigint)
language plpgsql stable security definer rows 100 set search_path = pg_catalog, public, pg_temp
    -- a scan of the table would fetch every row's lexemes, which the index makes needless
    set enable_seqscan = off
    set plan_cache_mode = force_generic_plan as $$
declare
    tenant uuid := current_workspace();
    most constant integer := 6000;
    is_alone boolean;
begin
    select 2 * passages > (select reltuples from pg_class where oid = 'passages'::regclass)
      into is_alone from lexical_statistics where workspace_id = tenant;
    if in_collections is not null or in_documents is not null then
        -- planned for its filters: a list of documents becomes a hash table
        return query execute
            'select m.id, -(m.weights <#> $2), m.document_id, m.signature
               from (select p.id, p.document_id, p.signature, p.weights
                       from passages p
                      where array[p.workspace_id] @> array[$3] and p.lexemes @@ $1
                        and ($4 is null or p.collection_id = any ($4))
                        and ($5 is null or p.document_id = any ($5))
                      limit $6) m
              order by m.weights <#> $2, m.id
              limit $7'
            using tq, qv, tenant, in_collections, in_documents, most, depth;
    elsif is_alone then
        return query
            select m.id, -(m.weights <#> qv), m.document_id, m.signature
              from (select p.id, p.document_id, p.signature, p.weights
                      from passages p
                     where p.workspace_id = tenant and p.lexemes @@ tq
                     limit most) m
             order by m.weights <#> qv, m.id
             limit depth;
    else
        return query
            select m.id, -(m.weights <#> qv), m.document_id, m.signature
              from (select p.id, p.document_id, p.signature, p.weights
                      from passages p
                     where array[p.workspace_id] @> array[tenant] and p.lexemes @@ tq
                     limit most) m
             order by m.weights <#> qv, m.id
             limit depth;
    end if;
end $$;

-- As semantic_candidates_384, which the ranking of an older release calls. How many rows are read one by
-- one, and how far the index is searched, grows with the table: an exact scan of r rows costs as much as
-- the index where a filter leaves r of r * r / 100. A statement with filters is planned for them.
create function semantic_passages_384(
    using_model text, query halfvec, depth integer, in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, score double precision, embedding halfvec)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_sort = off
    set hnsw.iterative_scan = relaxed_order
    set hnsw.max_scan_tuples = 40000
    set hnsw.scan_mem_multiplier = 4
    set hnsw.ef_search = 100 as $$
declare
    tenant uuid := current_workspace();
    everything real := (select reltuples from pg_class where oid = 'passages'::regclass);
    few bigint := greatest(2000, least(10 * sqrt(greatest(everything, 0)), 10000));
    is_filtered boolean := in_collections is not null or in_documents is not null;
    found_rows bigint;
begin
    if is_filtered then
        execute 'select count(*) from (
                     select from passages p
                      where p.workspace_id = $1
                        and ($2 is null or p.collection_id = any ($2))
                        and ($3 is null or p.document_id = any ($3))
                      limit $4 + 1) counted'
           into found_rows using tenant, in_collections, in_documents, few;
    else
        select passages into found_rows from lexical_statistics where workspace_id = tenant;
    end if;
    if everything > 50000 then
        perform set_config('hnsw.ef_search', case when everything > 300000 then '600' else '200' end, true);
    end if;
    if not is_filtered and found_rows <= few then
        return query
            with mine as materialized (
                select e.passage_id, e.embedding, e.embedding::halfvec(384) <#> query as distance
                  from embeddings e
                 where e.model = using_model and e.workspace_id = tenant)
            select m.passage_id, -m.distance, m.embedding from mine m order by m.distance limit depth;
    elsif not is_filtered then
        return query
            select e.passage_id, -(e.embedding::halfvec(384) <#> query::halfvec(384)), e.embedding
              from embeddings e
             where e.model = using_model and e.workspace_id = tenant
             order by e.embedding::halfvec(384) <#> query::halfvec(384) limit depth;
    elsif found_rows <= few then
        return query execute
            'with mine as materialized (
                 select e.passage_id, e.embedding, e.embedding::halfvec(384) <#> $2 as distance
                   from passages p
                   join embeddings e on e.model = $1 and e.workspace_id = $3 and e.passage_id = p.id
                  where p.workspace_id = $3
                    and ($4 is null or p.collection_id = any ($4))
                    and ($5 is null or p.document_id = any ($5)))
             select m.passage_id, -m.distance, m.embedding from mine m order by m.distance limit $6'
            using using_model, query, tenant, in_collections, in_documents, depth;
    else
        return query execute
            'select e.passage_id, -(e.embedding::halfvec(384) <#> $2::halfvec(384)), e.embedding
               from embeddings e
               join passages p on p.workspace_id = $3 and p.id = e.passage_id
              where e.model = $1 and e.workspace_id = $3
                and ($4 is null or p.collection_id = any ($4))
                and ($5 is null or p.document_id = any ($5))
              order by e.embedding::halfvec(384) <#> $2::halfvec(384) limit $6'
            using using_model, query, tenant, in_collections, in_documents, depth;
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
           and p.proname in (
               'weigh_query', 'lexical_passages', 'semantic_passages_384', 'ranked_passages_384')
    loop
        execute format('alter function %s owner to ibid_definer', called);
        execute format('revoke all on function %s from public', called);
        execute format('grant execute on function %s to current_user', called);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;

grant execute on function weigh_query, lexical_passages, semantic_passages_384, ranked_passages_384 to ibid_app;

select add_dimension(dimension) from models group by dimension;

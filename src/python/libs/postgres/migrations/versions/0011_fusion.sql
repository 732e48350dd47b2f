-- As ranked_passages_384, which an older release calls, but for what lexical scores are scaled by: at least
-- 0.3 of what the query's words weigh together. Else the best of passages that have one word of ten, such as
-- a name in a question in another language, would count as much as a passage that has them all.
-- words_idf is the sum of the idf of the words that passages have, unknown_words how many have none.
create function fused_passages_384(
    lexical_ids uuid[], lexical_scores double precision[],
    lexical_documents uuid[], lexical_signatures bigint[],
    semantic_ids uuid[], semantic_scores double precision[],
    qv sparsevec, words_idf double precision, unknown_words integer,
    using_model text, query halfvec, depth integer, in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, document_id uuid, signature bigint,
               lexical double precision, semantic double precision, score double precision)
language plpgsql stable security definer rows 200
    set search_path = pg_catalog, public, pg_temp
    -- its statement reads by keys whatever the arrays hold
    set plan_cache_mode = force_generic_plan as $$
declare
    tenant uuid := current_workspace();
    -- an unknown word is as rare as can be
    rarest double precision := (select ln(1 + (n.passages + 0.5) / 0.5)
                                  from lexical_statistics n where n.workspace_id = tenant);
    asked double precision := 0.3 * (words_idf + unknown_words * rarest);
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
                   greatest(max(r.lexical) - min(r.lexical), asked, 1e-9) as lexical_range,
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
begin
    grant create on schema public to ibid_definer;
    alter function fused_passages_384 owner to ibid_definer;
    revoke all on function fused_passages_384 from public;
    grant execute on function fused_passages_384 to current_user, ibid_app;
    revoke create on schema public from ibid_definer;
end $$;

select add_dimension(dimension) from models group by dimension;
